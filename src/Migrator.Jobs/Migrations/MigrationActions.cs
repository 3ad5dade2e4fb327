using Migrator.Core.Migrations;

namespace Migrator.Jobs.Migrations;

/// <summary>Which commands a migration takes now: the one rule for pages, API and service.</summary>
public static class MigrationActions
{
    public static AllowedActions Of(MigrationRequest request, MigrationProgress progress)
    {
        var cause = progress.Hold?.Cause;
        var draft = progress.State == MigrationState.Draft && request.StartedAt is null && request.Wish != Wish.Cancel;
        var final = progress.State.IsFinal();
        var running = !draft && !final;
        var stoppable = !final && MigrationDecider.IsStoppable(progress) && request.Wish != Wish.Cancel;
        var restore = request.Kind == MigrationKind.Restore;
        var paused = request.Wish == Wish.Pause;
        return new AllowedActions(
            Edit: draft,
            Start: draft && Tasks(request).AllAnswered,
            Pause: stoppable && running && !paused,
            Resume: !final && (paused || cause is not null and not HoldCause.Go and not HoldCause.PlcCode),
            Cancel: stoppable && MigrationDecider.IsCancellable(progress),
            SignInSource: draft || (running && cause is HoldCause.SourceSignIn),
            SignInTarget: running && cause is HoldCause.TargetSignIn,
            AcceptMissing: running && cause is HoldCause.MissingBlobs,
            Go: progress.State == MigrationState.ReadyForCutover && cause is HoldCause.Go or HoldCause.RecoveryKey && !paused
            && !GoIsPending(request, progress),
            GiveCode: running && cause is HoldCause.PlcCode or HoldCause.WrongSignature,
            AskCode: running && cause is HoldCause.PlcCode or HoldCause.WrongSignature,
            TakeWayBack: !restore && MigrationDecider.WayBackIsOpen(progress) && request.WayBackAt == progress.Cutover.WayBackTaken
            && request.RecoveryKey is not null
                && progress.Cutover.Operation is not null)
        {
            EditSources = restore && (draft || (running && cause is HoldCause.Sources or HoldCause.MissingBlobs)),
            GiveRotationKey = restore && (draft || (running && cause is HoldCause.RotationKey)),
            DecideLog = restore && running && cause is HoldCause.IdentityLog,
            GiveOperation = restore && running && cause is HoldCause.SignElsewhere,
            Release = restore && MigrationDecider.WayBackIsOpen(progress) && request.WayBackAt == progress.Cutover.WayBackTaken,
        };
    }

    public static DraftTasks Tasks(MigrationRequest request) => new(
        request.Target is not null,
        request.Kind == MigrationKind.Restore || request.SignedInSourceAt is not null,
        request.NewAccount is not null,
        request.Did.Method != "plc" || (request.Restore is { } restore
        ? restore.RotationKey is not null
        : request.RecoveryKey is { IsReady: true }),
        request.StartedAt is not null,
        request.Restore is not { Sources.Count: 0 });

    private static bool GoIsPending(MigrationRequest request, MigrationProgress progress) =>
        request.Go is { } go && go.Number > progress.Cutover.GoTaken;
}
