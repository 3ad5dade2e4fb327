using System.Text.Json;
using Migrator.Web.Hosting;

namespace Migrator.Web.Security;

/// <summary>
/// The one-time link. There is at most one: a new link makes the one before useless. It is kept as a hash in a file,
/// so that <c>migrator link</c>, another process, can make one for the program that is running.
/// </summary>
public sealed class EntryLinks(WebOptions options, TimeProvider time)
{
    private readonly string path = Path.Combine(options.DoorFolder, "link.json");
    private readonly Lock oneAtATime = new();

    /// <summary>The link. Its secret stands behind the <c>#</c>, the part of an address that a browser never sends: it gets into no log.</summary>
    /// <param name="address">The address that people type.</param>
    public EntryLink Create(Uri address)
    {
        var token = DoorToken.New();
        var expires = time.GetUtcNow() + options.Door.LinkLifetime;
        PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
        lock (oneAtATime)
            PrivateFile.Write(path, JsonSerializer.Serialize(new StoredLink(DoorToken.Hash(token), expires), JsonSerializerOptions.Web));
        var link = new EntryLink($"{address.GetLeftPart(UriPartial.Authority)}/enter#{token}", token, expires);
        if (options.Door.LinkFile is { Length: > 0 } file)
            PrivateFile.Write(file, link.Address + "\n");
        return link;
    }

    /// <summary>True once for the right token: the link is used up by the answer. A wrong token leaves it as it is.</summary>
    public bool TryRedeem(string? token)
    {
        if (string.IsNullOrEmpty(token) || token.Length > 200)
            return false;
        lock (oneAtATime)
        {
            if (PrivateFile.Read(path) is not { } text
                || JsonSerializer.Deserialize<StoredLink>(text, JsonSerializerOptions.Web) is not { Hash: not null } stored
                || stored.Expires <= time.GetUtcNow()
                || !DoorToken.HashEquals(stored.Hash, DoorToken.Hash(token)))
            {
                return false;
            }

            File.Delete(path);
            return true;
        }
    }

    private sealed record StoredLink(string? Hash, DateTimeOffset Expires);
}

/// <param name="Token">The part after <c>#</c>; can be typed into the entry page by hand.</param>
public sealed record EntryLink(string Address, string Token, DateTimeOffset Expires)
{
    public override string ToString() => nameof(EntryLink);
}
