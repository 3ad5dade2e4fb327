namespace Migrator.Core.Migrations;

/// <summary>
/// Where a migration stands. A migration that stands still has a <see cref="Hold"/> beside its state:
/// the state says how far it is, the hold says why it does not go on and what would change that.
/// </summary>
public enum MigrationState
{
    /// <summary>The person is still answering questions; nothing has been touched anywhere.</summary>
    Draft,

    /// <summary>Reading from the old server and writing to a deactivated account on the new one.</summary>
    Copying,

    /// <summary>Everything is copied and kept up to date; waits for the person's go.</summary>
    ReadyForCutover,

    /// <summary>From the go until the new account is active.</summary>
    CuttingOver,

    /// <summary>The identity points at the new server; the last proofs are being taken.</summary>
    Proving,

    Completed,

    /// <summary>
    /// Moved, and something is left to say: blobs the old server had lost, a check from outside that did not come true in time.
    /// </summary>
    CompletedWithRemarks,

    /// <summary>The way back is under way: the identity is being pointed at the old server again.</summary>
    GoingBack,

    /// <summary>The way back was taken: the account lives on the old server again.</summary>
    Undone,

    /// <summary>Stopped by the person before the cut-over; the old account was never changed.</summary>
    Cancelled,

    /// <summary>Nothing can be tried any more. Written only then: a migration that could go on is held instead.</summary>
    Failed,
}

public static class MigrationStates
{
    /// <summary>True where no job will run again by itself.</summary>
    public static bool IsFinal(this MigrationState state) => state is MigrationState.Completed or MigrationState.CompletedWithRemarks
        or MigrationState.Undone or MigrationState.Cancelled or MigrationState.Failed;
}
