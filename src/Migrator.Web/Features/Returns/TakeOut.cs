using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Snapshots;
using Migrator.Web.Features.Backups;
using Migrator.Web.Security;

namespace Migrator.Web.Features.Returns;

/// <summary>A whole snapshot as one tar archive, unsealed on its way out; only the repo and one file at a time lie on this machine's disk.</summary>
internal static class TakeOut
{
    public const string MediaType = "application/x-tar";

    public static void MapTakeOut(this IEndpointRouteBuilder routes) => routes.MapGet(
        "/backups/snapshots/{id}/take-out.tar",
        async (HttpContext http, string id, ISnapshotLender lender, SessionCookie cookie, ILoggerFactory logs, CancellationToken ct) =>
        {
            var lent = await lender.LendAsync(http.User.Name(), new SnapshotKey(cookie.Read(http.Request) ?? "", null), id, ct);
            // The page says what is wrong, or asks for the key.
            return lent.Value is { } snapshot ? Answer(snapshot, logs) : Results.Redirect($"/backups/snapshots/{Uri.EscapeDataString(id)}");
        }).ExcludeFromDescription();

    public static IResult Answer(LentSnapshot lent, ILoggerFactory logs) => new Archive(lent, logs.CreateLogger(typeof(TakeOut)));

    /// <summary>
    /// Writes the archive. Where something goes wrong in the middle the connection is broken off: what the receiver then has lacks the
    /// end of an archive, and every reader says so.
    /// </summary>
    private static async Task WriteAsync(LentSnapshot lent, HttpContext http, ILogger log, CancellationToken ct)
    {
        await using (lent)
        {
            var snapshot = lent.Snapshot;
            http.Response.ContentType = MediaType;
            http.Response.Headers.ContentDisposition = $"attachment; filename=\"{NameOf(snapshot)}\"";
            try
            {
                var tar = new TarSink(http.Response.Body, snapshot.Manifest.TakenAt);
                await SnapshotExport.RunAsync(snapshot, tar, lent.Folder, null, ct);
                await tar.FinishAsync();
            }
            catch (Exception fault) when (fault is SnapshotFaultException or VaultException or RepoFaultException)
            {
                Log.TakeOutBroken(log, snapshot.Name, fault);
                if (http.Response.HasStarted)
                {
                    http.Abort();
                    return;
                }

                http.Response.Clear();
                await SnapshotFiles.Unreadable(http, fault).ExecuteAsync(http);
            }
        }
    }

    private static string NameOf(OpenedSnapshot snapshot)
    {
        var who = snapshot.Manifest.Handle?.ToString() ?? snapshot.Manifest.Did.ToString().Replace(':', '-').Replace("%", "-", StringComparison.Ordinal);
        return $"{who}-{snapshot.Manifest.TakenAt.UtcDateTime:yyyy-MM-dd}.tar";
    }

    private sealed class Archive(LentSnapshot lent, ILogger log) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(lent, httpContext, log, httpContext.RequestAborted);
    }
}
