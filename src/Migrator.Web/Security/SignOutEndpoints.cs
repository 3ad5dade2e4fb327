using Microsoft.AspNetCore.Antiforgery;
using Migrator.Jobs.Snapshots;
using Migrator.Jobs.Storage;

namespace Migrator.Web.Security;

/// <summary>Form endpoints that end sessions: from the header of every page and from the Settings page.</summary>
public static class SignOutEndpoints
{
    public static void MapSignOut(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/sign-out", async (
            HttpContext http, SignInStore sessions, ISnapshotBrowser snapshots, SessionCookie cookie, ILogger<SignInStore> logger,
            CancellationToken ct) =>
        {
            if (cookie.Read(http.Request) is { } id)
            {
                // First: whatever happens to the session, a key that was given to it is not to stay.
                snapshots.Forget(http.User.Name(), id);
                await sessions.CloseSessionAsync(id, ct);
            }

            logger.SignedOut();
            return Leave(http, cookie);
        }).WithMetadata(new RequireAntiforgeryTokenAttribute()).ExcludeFromDescription();

        routes.MapPost("/sign-out/everywhere", async (
            HttpContext http, SignInStore sessions, ISnapshotBrowser snapshots, SessionCookie cookie, ILogger<SignInStore> logger,
            CancellationToken ct) =>
        {
            snapshots.ForgetAll(http.User.Name());
            await sessions.CloseAllSessionsAsync(http.User.Name(), ct);
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
