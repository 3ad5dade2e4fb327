using Microsoft.AspNetCore.Antiforgery;

namespace Migrator.Web.Security;

/// <summary>Form endpoints that end sessions: from the header of every page and from the Settings page.</summary>
public static class SignOutEndpoints
{
    public static void MapSignOut(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/sign-out", (HttpContext http, DoorSessions sessions, SessionCookie cookie, ILogger<DoorSessions> logger) =>
        {
            if (cookie.Read(http.Request) is { } id)
                sessions.End(id);
            logger.SignedOut();
            return Leave(http, cookie);
        }).WithMetadata(new RequireAntiforgeryTokenAttribute()).ExcludeFromDescription();

        routes.MapPost("/sign-out/everywhere", (HttpContext http, DoorSessions sessions, SessionCookie cookie, ILogger<DoorSessions> logger) =>
        {
            sessions.EndAll();
            logger.SignedOutEverywhere();
            return Leave(http, cookie);
        }).WithMetadata(new RequireAntiforgeryTokenAttribute()).ExcludeFromDescription();
    }

    private static IResult Leave(HttpContext http, SessionCookie cookie)
    {
        cookie.Take(http.Response);
        http.Response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";
        return SeeOther("/enter");
    }

    /// <summary>A redirect after a POST that the browser follows with GET. Only ever to a path of our own.</summary>
    private static IResult SeeOther(string path) => new SeeOtherResult(path);

    private sealed class SeeOtherResult(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext http)
        {
            http.Response.StatusCode = StatusCodes.Status303SeeOther;
            http.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
