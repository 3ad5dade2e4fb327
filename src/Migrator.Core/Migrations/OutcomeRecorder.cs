namespace Migrator.Core.Migrations;

/// <summary>What becomes of a step's outcome: the next progress, how the attempt ended, and when to wake up. Pure.</summary>
public static class OutcomeRecorder
{
    public sealed record Recorded(MigrationProgress Progress, AttemptOutcome End, DateTimeOffset? WakeAt);

    public static Recorded Record(
        MigrationContext context, IMigrationStep step, StepOutcome outcome, MigrationOptions options, DateTimeOffset now)
    {
        var progress = context.Progress;
        switch (outcome)
        {
            case StepOutcome.Done done:
                return new Recorded(Advance(context, step.Name, done.Note, now), AttemptOutcome.Done, now);

            case StepOutcome.Wait wait:
                context.Tell(step.Name, wait.Reason);
                if (IsInTheCut(context, step) && wait.Until - now > TimeSpan.FromSeconds(30))
                    return Held(context, Ask(
                        HoldCause.ServerTrouble, wait.Reason,
                        $"Press Try again after {wait.Until:u}; the cut-over then asks for your go once more."));
                return Waiting(progress with { Attempt = progress.Attempt - 1 }, wait.Reason, wait.Until);

            case StepOutcome.Retry retry:
                if (context.MadeHeadway)
                    progress = progress with { Attempt = 1 };
                var spent = MigrationPlan.IsInTheCut(step.Name) && progress.Cutover.SourceDeactivatedAt is not null
                    ? options.TriesInTheCut
                    : options.TriesPerStep;
                // Once the operation may be with the directory, giving up would be guessing: look at the log again and again.
                if (progress.Attempt >= spent && !IsUnknown(progress))
                {
                    return Held(context, Ask(
                        HoldCause.ServerTrouble, $"{retry.Reason} Tried {progress.Attempt} times.",
                        "Press Try again when the server answers again."));
                }

                return Waiting(progress, retry.Reason, now + Pause(progress, options));

            case StepOutcome.NeedsPerson ask:
                return Held(context, ask);

            case StepOutcome.Failed failed:
                context.Tell(step.Name, failed.Reason);
                return progress.Cutover.SourceDeactivatedAt is not null && progress.Cutover.SubmittedAt is null
                    ? Held(context, Ask(HoldCause.ServerTrouble, failed.Reason, "Cancel the move, or press Try again."))
                    : new Recorded(
                        progress with
                        {
                            State = MigrationState.Failed,
                            Step = null,
                            Hold = new Hold(
                                HoldCause.ServerTrouble, failed.Reason, Safety.Of(progress),
                                "Start anew when the cause is gone.", now, context.Request.Tries),
                        },
                        AttemptOutcome.Failed,
                        null);

            default:
                throw new InvalidOperationException($"An outcome without a rule: {outcome}.");
        }

        Recorded Waiting(MigrationProgress waiting, string reason, DateTimeOffset until) => new(
            waiting with
            {
                Hold = new Hold(
                    HoldCause.Waiting, reason, Safety.Of(waiting), "Nothing to do: it goes on by itself.", now, context.Request.Tries,
                    until),
            },
            AttemptOutcome.Retry,
            until);

        Recorded Held(MigrationContext held, StepOutcome.NeedsPerson ask)
        {
            var hold = new Hold(ask.Cause, ask.Message, "", ask.WhatToDo, now, held.Request.Tries,
                ask.LookAgain is { } span ? now + span : null, ask.Details);
            var stands = held.Progress.Hold;
            if (stands is null || stands.Message != ask.Message)
                held.Tell(step.Name, ask.Message);
            else
                hold = hold with { Since = stands.Since };

            var next = held.Progress with { Attempt = 0, Step = ask.BackTo ?? step.Name };
            if (next.Cutover.SourceDeactivatedAt is not null && next.Cutover.AcceptedAt is null && next.Compensating is null
                && ask.Cause != HoldCause.DidWebDocument)
            {
                // The old account must not stay switched off while a person is thinking.
                var activated = next with { Cutover = next.Cutover with { SourceDeactivatedAt = null, SubmittedAt = null } };
                var after = hold with { WhatIsSafe = Safety.Of(activated) };
                return new Recorded(next with { Compensating = after, Hold = null, Step = step.Name }, AttemptOutcome.Held, now);
            }

            hold = hold with { WhatIsSafe = Safety.Of(next) };
            if (ask.BackTo is { } back)
                next = WithoutDoneFrom(next, back, held.Request.Kind) with { State = MigrationPlan.StateDuring(back) };
            return new Recorded(next with { Hold = hold }, AttemptOutcome.Held, hold.Until);
        }
    }

    /// <summary>Sent, and not yet known to be accepted.</summary>
    private static bool IsUnknown(MigrationProgress progress) =>
        (progress.Cutover is { SubmittedAt: not null, AcceptedAt: null } && progress.Compensating is null)
        || progress.Restore is { ClaimSubmittedAt: not null, ClaimAcceptedAt: null };

    /// <summary>In a restore nothing is switched off that would have to be switched on again: it may wait anywhere.</summary>
    private static bool IsInTheCut(MigrationContext context, IMigrationStep step) =>
        context.Request.Kind == MigrationKind.Move && MigrationPlan.IsInTheCut(step.Name);

    private static StepOutcome.NeedsPerson Ask(HoldCause cause, string message, string whatToDo) => new(cause, message, whatToDo);

    private static TimeSpan Pause(MigrationProgress progress, MigrationOptions options)
    {
        var longest = progress.Cutover.SourceDeactivatedAt is not null ? TimeSpan.FromSeconds(30) : options.LongestPause;
        var pause = options.FirstPause * Math.Pow(2, Math.Min(progress.Attempt - 1, 20));
        return pause < longest ? pause : longest;
    }

    private static MigrationProgress Advance(MigrationContext context, StepName step, string? note, DateTimeOffset now)
    {
        var progress = context.Progress;
        if (step == StepName.ReactivateSource)
        {
            context.Tell(step, "The old account is active again.");
            // Where the identity has to be read again, everything is looked at afresh; else the standby goes on.
            var back = progress.Identity is null ? StepName.ResolveIdentity : StepName.AwaitGo;
            return WithoutDoneFrom(progress, back, context.Request.Kind) with
            {
                State = MigrationPlan.StateDuring(back),
                Step = back,
                Attempt = 0,
                Hold = progress.Compensating! with { Since = now, Tries = context.Request.Tries },
                Compensating = null,
            };
        }

        context.Tell(step, note ?? "Done.");
        var next = MigrationPlan.After(step, context.Request.Kind);
        progress = progress with
        {
            Done = [.. progress.Done.Where(done => done.Step != step), new StepDone(step, now, note)],
            Step = next,
            Attempt = 0,
            Hold = null,
        };
        return next is { } following
            ? progress with { State = MigrationPlan.StateDuring(following) }
            : progress with { State = FinalState(step, progress) };
    }

    private static MigrationState FinalState(StepName last, MigrationProgress progress) =>
        last is StepName.VerifyWayBack or StepName.ReleaseIdentity ? MigrationState.Undone
        : progress.Remarks.Count > 0 ? MigrationState.CompletedWithRemarks
        : MigrationState.Completed;

    /// <summary>Forgets that the given step and those after it were done: they will be probed and run again.</summary>
    private static MigrationProgress WithoutDoneFrom(MigrationProgress progress, StepName from, MigrationKind kind)
    {
        var list = MigrationPlan.For(kind).ToList();
        var index = list.IndexOf(from);
        return index < 0 ? progress : progress with { Done = [.. progress.Done.Where(done => list.IndexOf(done.Step) < index)] };
    }
}
