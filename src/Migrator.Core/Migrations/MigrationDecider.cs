namespace Migrator.Core.Migrations;

/// <summary>What the runner does next.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>Nothing until the person acts.</summary>
    public sealed record Rest : Decision;

    public sealed record WaitUntil(DateTimeOffset Time) : Decision;

    /// <summary>A change of the document alone; then decide again.</summary>
    public sealed record Settle(MigrationProgress Progress, string? Event) : Decision;

    public sealed record Run(StepName Step) : Decision;
}

/// <summary>
/// The state machine: from the two documents and the time to the next thing to do. Pure, so recorded histories can be replayed
/// against it and every branch tested without a server.
/// </summary>
public static class MigrationDecider
{
    public static Decision Next(MigrationRequest request, MigrationProgress progress, DateTimeOffset now)
    {
        if (request.WayBackAt is { } asked && asked != progress.Cutover.WayBackTaken && WayBackIsOpen(progress))
            return StartWayBack(request, progress, asked);
        if (progress.State.IsFinal())
            return new Decision.Rest();

        // Whatever else is wished: an old account that we switched off is switched on again first.
        if (progress.Compensating is not null)
            return RunUnlessWaiting(request, progress, StepName.ReactivateSource, now);

        if (IsCancellable(progress) && request.Wish == Wish.Cancel)
            return Stop(progress, cancel: true, request, now);
        if (IsStoppable(progress) && request.Wish == Wish.Pause)
            return progress.Hold?.Cause == HoldCause.PausedByUser ? new Decision.Rest() : Stop(progress, cancel: false, request, now);

        if (progress.State == MigrationState.Draft)
            return request.StartedAt is null
                ? new Decision.Rest()
                : new Decision.Settle(progress with { State = MigrationState.Copying, Step = MigrationPlan.For(request.Kind)[0] },
                    "Started.");

        return progress.Step is { } step ? RunUnlessWaiting(request, progress, step, now) : new Decision.Rest();
    }

    /// <summary>Before the operation is sent, stopping costs nothing. Afterwards the only safe way is forward (or the way back).</summary>
    public static bool IsStoppable(MigrationProgress progress) =>
        (progress.State is MigrationState.Draft or MigrationState.Copying or MigrationState.ReadyForCutover
            || (progress.State == MigrationState.CuttingOver && progress.Cutover.SubmittedAt is null))
        && progress.Restore is not { ClaimSubmittedAt: not null, ClaimAcceptedAt: null };

    /// <summary>
    /// As <see cref="IsStoppable"/>; but a claimed identity has to be released first, so the way back stands in for cancelling.
    /// </summary>
    public static bool IsCancellable(MigrationProgress progress) => IsStoppable(progress) && progress.Restore?.ClaimSubmittedAt is null;

    /// <summary>
    /// The way back exists once the directory took the operation; in a restore while the identity is claimed and the last operation is not
    /// known to be taken. That it was sent closes nothing: it may be refused for ever, or its server may be gone, and the directory takes
    /// only one of the two.
    /// A way back of a move that waits for the key is asked for again, with the key.
    /// </summary>
    public static bool WayBackIsOpen(MigrationProgress progress) => progress.Restore is { } restore
        ? restore.ClaimAcceptedAt is not null && progress.Cutover.AcceptedAt is null && !progress.State.IsFinal()
            && progress.State != MigrationState.GoingBack
        : progress.Cutover.AcceptedAt is not null
        && (progress.State is MigrationState.CuttingOver or MigrationState.Proving or MigrationState.Completed or MigrationState.CompletedWithRemarks
            || progress is { State: MigrationState.GoingBack, Hold.Cause: HoldCause.RecoveryKey });

    private static Decision RunUnlessWaiting(MigrationRequest request, MigrationProgress progress, StepName step, DateTimeOffset now)
    {
        if (progress.Hold is not { } hold)
            return new Decision.Run(step);
        if (request.Tries > hold.Tries)
            return new Decision.Settle(progress with { Hold = null, Attempt = 0 }, null);
        if (hold.Until is not { } until)
            return new Decision.Rest();
        if (now < until)
            return new Decision.WaitUntil(until);
        return new Decision.Run(step);
    }

    private static Decision.Settle Stop(MigrationProgress progress, bool cancel, MigrationRequest request, DateTimeOffset now)
    {
        var pause = new Hold(
            HoldCause.PausedByUser, request.Kind == MigrationKind.Restore ? "You paused the restore." : "You paused the move.",
            Safety.Of(progress with { Cutover = progress.Cutover with { SourceDeactivatedAt = null } }),
            "Press Resume to go on where it stopped.", now, request.Tries);
        if (progress.Cutover.SourceDeactivatedAt is not null)
            return new Decision.Settle(progress with { Compensating = pause, Hold = null, Attempt = 0 },
                "Stopping: the old account is activated again first.");
        return cancel
            ? new Decision.Settle(progress with { State = MigrationState.Cancelled, Step = null, Hold = null },
                request.Kind == MigrationKind.Restore
                ? "Cancelled. The identity was not changed."
                : "Cancelled. The old account was not changed.")
            : new Decision.Settle(progress with { Hold = pause }, "Paused.");
    }

    private static Decision.Settle StartWayBack(MigrationRequest request, MigrationProgress progress, DateTimeOffset asked) => new(
        progress with
        {
            State = MigrationState.GoingBack,
            Step = MigrationPlan.WayBackFor(request.Kind)[0],
            Attempt = 0,
            Hold = null,
            Cutover = progress.Cutover with { WayBackTaken = asked },
        },
        "The way back was asked for.");
}
