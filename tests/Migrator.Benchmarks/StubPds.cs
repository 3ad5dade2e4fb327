using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Benchmarks;

/// <summary>
/// The least server that blobs can be moved between: it gives and takes them after a fixed time and keeps nothing. It hashes what it
/// takes, as a real one must, so a wrong copy is seen.
/// </summary>
internal static class StubPds
{
    /// <summary>Serves until its standard input ends; prints its port first.</summary>
    public static async Task<int> RunAsync(string manifest, int giveMs, int takeMs)
    {
        var blobs = BlobSet.ReadManifest(manifest).ToDictionary(blob => blob.Cid.ToString());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(server =>
        {
            server.Limits.MaxRequestBodySize = null;
            server.Limits.MinRequestBodyDataRate = null;
            server.Listen(System.Net.IPAddress.Loopback, 0);
        });
        await using var app = builder.Build();
        app.MapGet("/xrpc/com.atproto.sync.getBlob", async (HttpContext http, string cid) =>
        {
            await WaitAsync(giveMs);
            var blob = blobs[cid];
            http.Response.ContentType = "application/octet-stream";
            http.Response.ContentLength = blob.Size;
            await BlobSet.WriteAsync(blob, http.Response.BodyWriter.AsStream(), http.RequestAborted);
        });
        app.MapPost("/xrpc/com.atproto.repo.uploadBlob", async (HttpContext http) =>
        {
            var (cid, size) = await HashAsync(http);
            await WaitAsync(takeMs);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(
                $$$"""{"blob":{"$type":"blob","ref":{"$link":"{{{cid}}}"},"mimeType":"application/octet-stream","size":{{{size}}} }}""");
        });
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.First()).Port);
        await Console.In.ReadToEndAsync(); // ends when the benchmark does, however that comes about
        return 0;
    }

    private static Task WaitAsync(int milliseconds) => milliseconds == 0 ? Task.CompletedTask : Task.Delay(milliseconds);

    private static async Task<(Cid Cid, long Size)> HashAsync(HttpContext http)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var body = http.Request.BodyReader;
        long size = 0;
        while (true)
        {
            var read = await body.ReadAsync(http.RequestAborted);
            foreach (var piece in read.Buffer)
                hash.AppendData(piece.Span);
            size += read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return (Cid.FromDigest(CidCodec.Raw, hash.GetHashAndReset()), size);
        }
    }
}
