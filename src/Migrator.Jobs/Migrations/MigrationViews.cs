using System.Text.Json;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.Migrations;
using Migrator.Core.Migrations.Steps;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Migrations;

/// <summary>Builds what pages and API show, from the two documents and the tables beside them. Asks no server.</summary>
public sealed class MigrationViews(MigrationReads reads, IBlobLedger blobs, IEnumerable<IMigrationStep> steps, TimeProvider time)
{
    private const int MostEvents = 500;
    private const int MostProblems = 1000;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Dictionary<StepName, IMigrationStep> _steps = steps.ToDictionary(step => step.Name);

    public static MigrationListItem ListItem(Migration migration) => new(
        migration.Id.ToString(),
        migration.Request.Did.ToString(),
        migration.Request.SourceHandle?.ToString(),
        migration.Request.SourcePds,
        migration.Request.Target?.Pds,
        migration.Progress.State,
        migration.Progress.Hold,
        migration.CreatedAt,
        migration.UpdatedAt)
    {
        Kind = migration.Request.Kind,
    };

    public async Task<MigrationView> BuildAsync(Migration migration, CancellationToken ct)
    {
        var (request, progress) = (migration.Request, migration.Progress);
        var events = await reads.ListEventsAsync(migration.Id, 0, MostEvents, ct);
        var live = await reads.ReadLiveAsync(migration.Id, ct);
        var attempts = await reads.ListAttemptsAsync(migration.Id, ct);
        var totals = await blobs.TotalsAsync(migration.Id, ct);
        return new MigrationView(
            migration.Id.ToString(),
            await reads.ReadVersionAsync(migration.Id, ct) ?? "",
            StateOf(request, progress),
            progress.Hold,
            request.Did.ToString(),
            request.SourceHandle?.ToString(),
            progress.Identity?.Pds ?? request.SourcePds,
            Target(request),
            MigrationActions.Tasks(request),
            request.RecoveryKey,
            progress.Preflight,
            Repo(progress),
            totals,
            totals.Problems == 0 ? [] : await ProblemsAsync(migration, ct),
            Steps(request.Kind, progress),
            Live(progress, live, attempts),
            progress.Parity,
            IdentityChange(progress),
            Times(progress),
            WayBack(request, progress),
            progress.Remarks,
            [.. events.Select(stored => stored.Event)],
            migration.CreatedAt,
            migration.UpdatedAt,
            MigrationActions.Of(request, progress))
        {
            Kind = request.Kind,
            Restore = RestoreView.Of(request, progress),
            IdentityWarning = await reads.ReadIdentityWarningAsync(migration.Id, ct),
        };
    }

    /// <summary>What was seen of a moved or restored identity, for as long as it can be overruled: 72 hours after the last look for it.</summary>
    public async Task<string?> FindIdentityWarningAsync(Migration migration, CancellationToken ct) =>
        migration.Progress.Cutover.AcceptedAt > time.GetUtcNow() - 2 * PlcAuditLog.RecoveryWindow
            ? await reads.ReadIdentityWarningAsync(migration.Id, ct)
            : null;

    /// <summary>Start was pressed, and the engine is about to pick it up: nobody should see the questions again in that second.</summary>
    private static MigrationState StateOf(MigrationRequest request, MigrationProgress progress) =>
        progress.State == MigrationState.Draft && request.StartedAt is not null && request.Wish == Wish.Run
            ? MigrationState.Copying
            : progress.State;

    private static TargetView? Target(MigrationRequest request) => request.Target is not { } target
        ? null
        : new TargetView(
            target.Pds, target.ServiceDid, target.HandleDomains, target.InviteCodeRequired, target.BlobUploadLimit,
            request.NewAccount?.Handle.ToString(), request.NewAccount?.Email);

    private static RepoView? Repo(MigrationProgress progress) => progress.Repo is not { } repo
        ? null
        : new RepoView(repo.Records, repo.Bytes, repo.Rev, repo.Commit.ToString(), repo.Data.ToString(), repo.RecordsByCollection);

    private async Task<IReadOnlyList<BlobProblem>> ProblemsAsync(Migration migration, CancellationToken ct) =>
    [
        .. (await blobs.ListAsync(migration.Id, null, ct)).Where(blob => BlobProblems.IsProblem(blob.State)).Take(MostProblems)
            .Select(blob => new BlobProblem(
            blob.Cid.ToString(), blob.State, blob.UsedBy, blob.Reason, migration.Request.AcceptedMissing.Contains(blob.Cid))),
    ];

    private IReadOnlyList<StepView> Steps(MigrationKind kind, MigrationProgress progress)
    {
        var forward = MigrationPlan.For(kind);
        var list = progress.State is MigrationState.GoingBack or MigrationState.Undone
            ? forward.Concat(MigrationPlan.WayBackFor(kind))
            : forward;
        return
        [
            .. list.Select(name => (Step: _steps[name], Done: progress.Done.FirstOrDefault(done => done.Step == name)))
                .Select(item => new StepView(
                item.Step.Name, item.Step.Title, item.Step.Explanation, Standing(progress, item.Step.Name, item.Done is not null),
                item.Done?.At, item.Done?.Note)),
        ];
    }

    private static StepStanding Standing(MigrationProgress progress, StepName step, bool done)
    {
        if (done)
            return StepStanding.Done;
        if (progress.Step != step || progress.State.IsFinal())
            return StepStanding.NotYet;
        return progress.Hold switch
        {
            null => StepStanding.Running,
            { NeedsThePerson: true } => StepStanding.NeedsYou,
            _ => StepStanding.Waiting,
        };
    }

    /// <summary>Time left from the pace of this attempt: not before ten seconds have shown one.</summary>
    private LiveView? Live(MigrationProgress progress, LiveProgress? live, IReadOnlyList<StepAttempt> attempts)
    {
        if (live is null || live.Step != progress.Step || progress.Hold is not null)
            return null;
        int? left = null;
        var started = attempts.LastOrDefault(attempt => attempt.Step == live.Step && attempt.EndedAt is null)?.StartedAt;
        var elapsed = started is { } at ? live.At - at : TimeSpan.Zero;
        var (done, total) = live.BytesTotal is { } bytes and > 0 ? (live.BytesDone, bytes) : (live.Done, live.Total ?? 0);
        if (elapsed >= TimeSpan.FromSeconds(10) && done > 0 && total > done)
            left = (int)Math.Min(int.MaxValue, elapsed.TotalSeconds * (total - done) / done);
        return new LiveView(live.Step, live.Done, live.Total, live.BytesDone, live.BytesTotal, left, live.At);
    }

    private static IdentityChangeView? IdentityChange(MigrationProgress progress)
    {
        if (progress.Cutover.Operation is { } signed)
            return new IdentityChangeView(signed.Changes, Raw(signed.Json), signed.Cid.ToString(), signed.Prev, []);
        return progress.Cutover.Planned is { } planned
            ? new IdentityChangeView(planned.Changes, Raw(planned.Json), null, planned.Prev, planned.Problems)
            : null;
    }

    private static string Raw(JsonElement json) => JsonSerializer.Serialize(json, Indented);

    private static CutoverTimes Times(MigrationProgress progress)
    {
        var cutover = progress.Cutover;
        return new CutoverTimes(
            cutover.CodeRequestedAt, cutover.CodeRequestedAt + RequestPlcCodeStep.CodeLife, cutover.SourceDeactivatedAt,
            cutover.SubmittedAt, cutover.ActivatedAt);
    }

    private WayBackView WayBack(MigrationRequest request, MigrationProgress progress)
    {
        if (request.Kind == MigrationKind.Restore)
        {
            var open = MigrationActions.Of(request, progress).Release;
            return new WayBackView(open, open
                ? "The identity is claimed and does not name the new server yet. You can have it say again what it said before."
                : "Nothing has been changed that would need a way back.", null);
        }

        var can = MigrationActions.Of(request, progress).TakeWayBack;
        var accepted = progress.Cutover.AcceptedAt;
        DateTimeOffset? nullifyUntil = progress.Cutover.Planned is { NullifyWith: true } && accepted + PlcAuditLog.RecoveryWindow is { } until
            && until > time.GetUtcNow() ? until : null;
        var explanation = (can, accepted) switch
        {
            (true, _) =>
                "You can go back to the old server at any time, as long as you have your recovery key and the old account is still there. "
                + "What you write on the new server until then stays there."
                + (nullifyUntil is { } time
                    ? " Because your key stood in the identity before the move, you can also nullify the move itself until "
                        + $"{time:yyyy-MM-dd HH:mm} UTC."
                    : ""),
            (false, null) => "Nothing has been changed that would need a way back.",
            _ => request.RecoveryKey is null
                ? "Without a recovery key in the identity, only the new server can sign a change."
                : "The way back was taken or is under way.",
        };
        return new WayBackView(can, explanation, nullifyUntil);
    }
}
