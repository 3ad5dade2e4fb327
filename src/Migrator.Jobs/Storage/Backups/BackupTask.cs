using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>What a run has before it: the account, its plan, and what of both is due.</summary>
/// <param name="Plan">Null: it left its plan since the alarm was set; there is nothing to do.</param>
/// <param name="RunId">Not null: a backup is due, and this run stands for it in the story.</param>
/// <param name="UpkeepDue">Retention and reading stored bytes are due.</param>
/// <param name="VerifyFrom">A person asked to have everything read again that was not read since then.</param>
/// <param name="StartedAt">By the database's clock.</param>
public sealed record BackupTask(
    string AccountId,
    string Owner,
    Did Did,
    string? Handle,
    string Queue,
    bool HasSession,
    int Tries,
    StoredPlan? Plan,
    string? RunId,
    bool UpkeepDue,
    DateTimeOffset? VerifyFrom,
    DateTimeOffset StartedAt);

/// <summary>How a backup ended, as the tables take it.</summary>
/// <param name="Message">One sentence or two for the person; null when all is well.</param>
/// <param name="RetryAt">With Waiting and Failed: not before.</param>
/// <param name="CountsAsTry">False: nothing went wrong, somebody asked to wait.</param>
/// <param name="HostAsked">It was the account's server that asked: it is left alone by all its accounts.</param>
public sealed record BackupResult(
    BackupRunOutcome Outcome,
    string? Message,
    DateTimeOffset? RetryAt = null,
    bool CountsAsTry = true,
    bool HostAsked = false,
    IReadOnlyList<SnapshotSummary>? Snapshots = null,
    long NewBytes = 0)
{
    public bool IsGood => Outcome is BackupRunOutcome.Stored or BackupRunOutcome.Unchanged or BackupRunOutcome.Shrunk;
}
