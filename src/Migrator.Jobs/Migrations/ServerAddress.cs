namespace Migrator.Jobs.Migrations;

/// <summary>A server's address as people type it: <c>pds.example.com</c> means https. Origin only: no path, no user, no query.</summary>
public static class ServerAddress
{
    public static bool TryRead(string? typed, out Uri address)
    {
        var text = (typed ?? "").Trim().TrimEnd('/');
        if (!text.Contains("://", StringComparison.Ordinal))
            text = "https://" + text;
        address = null!;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var parsed) || parsed.Scheme is not ("https" or "http"))
            return false;
        if (parsed.Host.Length == 0 || parsed.AbsolutePath != "/" || parsed.UserInfo.Length + parsed.Query.Length + parsed.Fragment.Length > 0)
            return false;
        address = new Uri(parsed.GetLeftPart(UriPartial.Authority));
        return true;
    }
}
