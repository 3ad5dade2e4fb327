using Migrator.Web.Hosting;

namespace Migrator.Web.Security;

/// <summary>The cookie that holds the session id: for this host only, out of reach of scripts, never sent from other sites.</summary>
public sealed class SessionCookie(WebOptions options)
{
    private readonly bool secure = options.PublicUrl.Scheme == Uri.UriSchemeHttps;

    /// <summary>
    /// With https the <c>__Host-</c> prefix, which browsers hold to Secure and one host. Plain http on loopback cannot have it
    /// everywhere, and cookies do not tell ports apart: the port is in the name so that two programs here do not sign each other out.
    /// </summary>
    public string Name { get; } = options.PublicUrl.Scheme == Uri.UriSchemeHttps ? "__Host-migrator" : $"migrator-{options.PublicUrl.Port}";

    public string? Read(HttpRequest request) => request.Cookies.TryGetValue(Name, out var id) && id.Length is > 0 and <= 200 ? id : null;

    public void Give(HttpResponse response, string id) => response.Cookies.Append(Name, id, Shape());

    public void Take(HttpResponse response) => response.Cookies.Delete(Name, Shape());

    private CookieOptions Shape() => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = secure,
        Path = "/",
        IsEssential = true,
    };
}
