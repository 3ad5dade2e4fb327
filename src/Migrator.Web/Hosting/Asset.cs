using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Migrator.Web.Hosting;

/// <summary>Styles, scripts and the icon: embedded in the program, addressed with a hash of their bytes, cached for good.</summary>
public static class Asset
{
    private static readonly FrozenDictionary<string, AssetFile> Files = Load();

    /// <summary>The address of a file below <c>wwwroot</c>.</summary>
    public static string Url(string name) => $"/assets/{name}?v={Files[name].Hash}";

    public static void MapAssets(this IEndpointRouteBuilder routes)
    {
        foreach (var (name, file) in Files)
        {
            routes.MapGet($"/assets/{name}", (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                return Results.Bytes(file.Bytes, file.ContentType);
            }).AllowAnonymous().ExcludeFromDescription();
        }
    }

    private static FrozenDictionary<string, AssetFile> Load()
    {
        const string prefix = "wwwroot/";
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[prefix.Length..], name => Read(assembly, name));
    }

    private static AssetFile Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var type = Path.GetExtension(resource) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            var other => throw new InvalidOperationException($"No content type is known for {other} files."),
        };
        return new AssetFile(bytes, type, Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 6)));
    }

    private sealed record AssetFile(byte[] Bytes, string ContentType, string Hash);
}
