using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Web.Security;

/// <summary>Tells who sends a request: a browser by its session cookie, or, below <c>/api</c>, a program by the API token.</summary>
public sealed class DoorAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> schemeOptions,
    ILoggerFactory logger,
    UrlEncoder encoder,
    SignInStore sessions,
    SessionCookie cookie,
    ApiToken apiToken)
    : AuthenticationHandler<AuthenticationSchemeOptions>(schemeOptions, logger, encoder)
{
    public const string SchemeName = "Door";
    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (IsApi(Request) && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return apiToken.Matches(header[Bearer.Length..].Trim())
                ? Success(Owner.Local, CallerKind.Program)
                : AuthenticateResult.Fail("The API token is not right.");
        }

        return cookie.Read(Request) is { } id && await sessions.FindSessionAsync(id, Context.RequestAborted) is { } session
            ? Success(session.Owner, CallerKind.Browser)
            : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (IsApi(Request))
        {
            Response.StatusCode = StatusCodes.Status401Unauthorized;
            Response.Headers.WWWAuthenticate = Bearer.Trim();
        }
        else
        {
            Response.StatusCode = StatusCodes.Status303SeeOther;
            Response.Headers.Location = "/enter";
        }

        return Task.CompletedTask;
    }

    /// <summary>True where a program is the caller: errors are JSON there, and the API token is taken.</summary>
    public static bool IsApi(HttpRequest request) => request.Path.StartsWithSegments("/api") || request.Path.StartsWithSegments("/openapi");

    private static AuthenticateResult Success(string owner, string kind)
    {
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, owner), new Claim(CallerKind.Claim, kind)], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }
}

/// <summary>How the caller showed who they are. Only a browser sends its proof unasked, so only a browser needs the antiforgery token.</summary>
public static class CallerKind
{
    public const string Claim = "caller";
    public const string Browser = "browser";
    public const string Program = "program";

    public static bool IsProgram(this ClaimsPrincipal user) => user.HasClaim(Claim, Program);
}
