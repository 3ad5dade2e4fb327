using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>
/// Finds the server that shows the account now, and its newest commit. As long as the known server answers for the account that is one
/// small request; the identity is looked up again from time to time, and whenever the known server does not answer.
/// </summary>
internal sealed class SourceFinder(IdentityReader identities)
{
    /// <returns>The head; or how the run ends.</returns>
    public async Task<(RepoHead? Head, BackupOutcome? End)> FindAsync(RunContext run, CancellationToken ct)
    {
        var known = await run.Folder.ReadStateAsync(ct).ConfigureAwait(false);
        XrpcError? error = null;
        if (known is not null && !IsDue(run, known))
        {
            run.State = known;
            run.Reader = run.Servers.Anonymous(known.Pds);
            var head = await ReadHeadAsync(run, ct).ConfigureAwait(false);
            if (head.IsOk) return (head.Value, null);
            if (head.Error.Failure == XrpcFailure.Throttled) return (null, head.Error.ToOutcome(WaitCause.SourceTrouble, run.Now));
            error = head.Error;
        }
        if (await RefreshIdentityAsync(run, known, ct).ConfigureAwait(false) is { } end)
        {
            // The known server's own trouble says more than that of the directory.
            return (null, error is { IsTransient: true } && end is BackupOutcome.Waiting ? error.ToOutcome(WaitCause.SourceTrouble, run.Now) : end);
        }
        var (found, gone) = await AskAsync(run, ct).ConfigureAwait(false);
        // Not while the account is away: its handle cannot be verified then, and would seem to have changed.
        if (found is not null) await run.Folder.WriteStateAsync(run.State, ct).ConfigureAwait(false);
        return (found, gone);
    }

    /// <summary>Looks the identity up. What is known of the repo stays, unless the account moved to another server.</summary>
    /// <returns>Null when the run can go on.</returns>
    public async Task<BackupOutcome?> RefreshIdentityAsync(RunContext run, SourceState? known, CancellationToken ct)
    {
        var finding = await identities.ReadAsync(run.Order.Did, ct).ConfigureAwait(false);
        if (finding.State is not { } found)
        {
            if (known is null || !finding.MayPass) return finding.Problem;
            run.Remark(RemarkKind.IdentityUnavailable,
                $"The identity could not be looked up just now; what was known since {known.Identity.ReadAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC was used.");
            run.State = known;
            run.Reader = run.Servers.Anonymous(known.Pds);
            return null;
        }
        if (known is not null)
        {
            if (known.Pds != found.Pds) run.Remark(RemarkKind.MovedHost, $"The account has moved from {known.Pds.Authority} to {found.Pds.Authority}; the backup follows.");
            if (known.Handle != found.Handle)
            {
                run.Remark(RemarkKind.HandleChanged,
                    $"The handle is now {found.Handle?.ToString() ?? "none that can be verified"}; before it was {known.Handle?.ToString() ?? "none"}.");
            }
            found = found with { Chain = known.Chain, Commit = known.Commit, AbsentAskedAt = known.AbsentAskedAt };
            if (SameIdentity(known.Identity, found.Identity)) found = found with { Identity = known.Identity with { ReadAt = found.Identity.ReadAt } };
        }
        run.State = found;
        run.IdentityIsFresh = true;
        run.Reader = run.Servers.Anonymous(found.Pds);
        return null;
    }

    private static async Task<(RepoHead? Head, BackupOutcome? End)> AskAsync(RunContext run, CancellationToken ct)
    {
        var head = await ReadHeadAsync(run, ct).ConfigureAwait(false);
        if (head.IsOk) return (head.Value, null);
        if (head.Error.Failure != XrpcFailure.Refused) return (null, head.Error.ToOutcome(WaitCause.SourceTrouble, run.Now));
        if (run.Order.Session is { } session)
        {
            // What is closed to the public is still open to its owner.
            run.Reader = run.Servers.WithSession(run.State.Pds, session);
            var own = await ReadHeadAsync(run, ct).ConfigureAwait(false);
            if (own.IsOk) return (own.Value, null);
            if (own.Error.Failure == XrpcFailure.Throttled) return (null, own.Error.ToOutcome(WaitCause.SourceTrouble, run.Now));
        }
        return (null, await ExplainAsync(run, head.Error, ct).ConfigureAwait(false));
    }

    private static async Task<BackupOutcome> ExplainAsync(RunContext run, XrpcError refusal, CancellationToken ct)
    {
        var host = run.State.Pds.Authority;
        var status = await run.Servers.Anonymous(run.State.Pds).GetRepoStatusAsync(run.Order.Did, ct).ConfigureAwait(false);
        var word = status.IsOk && !status.Value.Active ? status.Value.Status : null;
        var (kind, what) = (word ?? refusal.Name) switch
        {
            "deactivated" or XrpcErrorNames.RepoDeactivated or XrpcErrorNames.AccountDeactivated =>
                (AccountAbsence.Deactivated, $"The account is deactivated on {host}."),
            "takendown" or XrpcErrorNames.RepoTakendown or XrpcErrorNames.AccountTakedown =>
                (AccountAbsence.TakenDown, $"{host} has taken the account down."),
            "suspended" or "RepoSuspended" => (AccountAbsence.Suspended, $"{host} has suspended the account."),
            "deleted" or XrpcErrorNames.RepoNotFound =>
                (AccountAbsence.NotOnItsHost, $"The identity names {host} as its server, but {host} does not have the account."),
            null => (AccountAbsence.Other, $"{host} does not show the account: {refusal.Message}"),
            _ => (AccountAbsence.Other, $"{host} does not show the account: {word ?? refusal.Message}"),
        };
        return new BackupOutcome.AccountGone(kind, $"{what} Its snapshots stay as they are; backups go on when it is back.");
    }

    private static Task<XrpcResult<RepoHead>> ReadHeadAsync(RunContext run, CancellationToken ct) =>
        new LiveAccountSource(run.Reader, run.Order.Did).ReadHeadAsync(ct);

    // A time in the future is no reason to wait: a clock was wrong.
    private static bool IsDue(RunContext run, SourceState known) =>
        run.Now - known.Identity.ReadAt >= run.Order.Limits.IdentityEvery || known.Identity.ReadAt > run.Now + RetentionPlan.ClockTolerance;

    private static bool SameIdentity(ManifestIdentity a, ManifestIdentity b) =>
        JsonElement.DeepEquals(a.Document, b.Document)
        && (a.AuditLog is { } first ? b.AuditLog is { } second && JsonElement.DeepEquals(first, second) : b.AuditLog is null);
}
