using Migrator.Jobs.Storage;
using Migrator.Web.Hosting;

namespace Migrator.Web.Security;

/// <summary>
/// The one-time link. There is at most one: a new link makes the one before useless. Its secret stands behind the <c>#</c>, the part of
/// an address that a browser never sends, so it gets into no log of any server or proxy.
/// </summary>
public sealed class EntryLinks(WebOptions options, SignInStore store, TimeProvider time)
{
    /// <param name="address">The address that people type.</param>
    public async Task<EntryLink> CreateAsync(Uri address, CancellationToken ct)
    {
        var token = await store.CreateLinkAsync(Owner.Local, options.Door.LinkLifetime, ct);
        var link = new EntryLink($"{address.GetLeftPart(UriPartial.Authority)}/enter#{token}", token, time.GetUtcNow() + options.Door.LinkLifetime);
        if (options.Door.LinkFile is { Length: > 0 } file)
            PrivateFile.Write(file, link.Address + "\n");
        return link;
    }

    /// <summary>
    /// Whom the code lets in, or null. The link is used up by the answer; a wrong code leaves it as it is.
    /// </summary>
    /// <param name="typed">The code, or the whole link.</param>
    public async Task<string?> RedeemAsync(string? typed, CancellationToken ct)
    {
        var token = typed?.Trim() ?? "";
        if (token.LastIndexOf('#') is >= 0 and var hash)
            token = token[(hash + 1)..];
        return token.Length is 0 or > 200 ? null : await store.UseLinkAsync(token, ct);
    }
}

/// <param name="Token">The part after <c>#</c>; can be typed into the entry page by hand.</param>
public sealed record EntryLink(string Address, string Token, DateTimeOffset Expires)
{
    public override string ToString() => nameof(EntryLink);
}
