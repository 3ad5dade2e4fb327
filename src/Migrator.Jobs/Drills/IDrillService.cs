using Migrator.Core.Drills;
using Migrator.Jobs.Migrations;

namespace Migrator.Jobs.Drills;

/// <summary>
/// What people can do with drills: the newest snapshot of an account is restored for practice into a sandbox that is thrown away, and
/// compared. Neither the account's server nor its identity is touched.
/// </summary>
public interface IDrillService
{
    /// <summary>
    /// Begins a drill. The key: the one in the command, else the one that this session gave, else the one that is kept here. A second drill
    /// of the same account is refused while one is open.
    /// </summary>
    /// <param name="session">Text that only this browser session has; null for a caller without one.</param>
    Task<ServiceResult<DrillView>> StartAsync(string owner, string? session, StartDrill command, CancellationToken ct);

    Task<ServiceResult<DrillView>> GetAsync(string owner, string id, CancellationToken ct);

    /// <summary>Newest first.</summary>
    /// <param name="accountId">Null: of all accounts.</param>
    /// <param name="before">Only those asked for earlier; null: from the newest.</param>
    /// <param name="limit">1 to 500.</param>
    Task<IReadOnlyList<DrillView>> ListAsync(string owner, string? accountId, DateTimeOffset? before, int limit, CancellationToken ct);

    /// <summary>How every account stands, in the order of their names. For Home.</summary>
    Task<IReadOnlyList<DrillStanding>> ListStandingsAsync(string owner, CancellationToken ct);

    Task<ServiceResult<DrillStanding>> GetStandingAsync(string owner, string accountId, CancellationToken ct);

    /// <summary>
    /// Keeps a private key, sealed, so that drills of this account run by themselves. Whoever takes over this machine can then read these
    /// backups. The key must open the newest snapshot.
    /// </summary>
    Task<ServiceResult<DrillStanding>> EscrowAsync(string owner, string accountId, EscrowKey command, CancellationToken ct);

    /// <summary>Erases the key. A drill that has begun goes on with it in memory.</summary>
    Task<ServiceResult<DrillStanding>> EraseEscrowAsync(string owner, string accountId, CancellationToken ct);

    Task<ServiceResult<DrillStanding>> ScheduleAsync(string owner, string accountId, SetDrillSchedule command, CancellationToken ct);

    /// <summary>Whether drills can restore into servers of their own on this machine, in words for people.</summary>
    Task<SandboxAvailability> FindSandboxAsync(CancellationToken ct);
}
