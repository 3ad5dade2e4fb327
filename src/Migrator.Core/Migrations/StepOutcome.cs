namespace Migrator.Core.Migrations;

// How errors travel, in four rules:
//  1. Text that may be wrong            -> TryParse; the page says it at the field.
//  2. A server's answer                 -> XrpcResult<T>; the step turns it into an outcome (ServerAnswers.cs).
//  3. Bytes that lie (CAR, CBOR, MST)   -> RepoFaultException with code and offset; the step turns it into an outcome.
//  4. A mistake of our own              -> an ordinary exception; the runner logs it and tries again a few times.

/// <summary>What a step says when it stops. The runner alone acts on it (<see cref="MigrationRunner"/>).</summary>
public abstract record StepOutcome
{
    private StepOutcome()
    {
    }

    /// <summary>The step's effect is in the world, by this run or an earlier one.</summary>
    public sealed record Done(string? Note = null) : StepOutcome;

    /// <summary>A server told us when to come back. Not counted as a try.</summary>
    public sealed record Wait(DateTimeOffset Until, string Reason) : StepOutcome;

    /// <summary>Something passing. Tried again with growing pauses until the tries are spent; then the person is asked.</summary>
    public sealed record Retry(string Reason) : StepOutcome;

    /// <summary>Only the person can change it.</summary>
    /// <param name="LookAgain">Run the step again after this time even if nobody acts (a standby, a document being edited).</param>
    /// <param name="BackTo">Take up the work at an earlier step when the hold is lifted.</param>
    public sealed record NeedsPerson(
        HoldCause Cause,
        string Message,
        string WhatToDo,
        IReadOnlyList<string>? Details = null,
        TimeSpan? LookAgain = null,
        StepName? BackTo = null) : StepOutcome;

    /// <summary>Nothing can be tried any more.</summary>
    public sealed record Failed(string Reason) : StepOutcome;
}
