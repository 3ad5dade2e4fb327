using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>The check that stands first in every transaction of a runner.</summary>
internal static class LeaseGuard
{
    /// <summary>What the caller may need of the row, which is held until the transaction ends: nobody takes over meanwhile.</summary>
    /// <exception cref="LeaseLostException">Another worker holds the migration, or this lease ran out.</exception>
    public static async Task<GuardedRow> RequireAsync(DbSession db, Lease lease)
    {
        var row = await db.FirstOrDefaultAsync<GuardedRow>(
            $"""
            SELECT owner, did, state, hold_cause FROM migration
            WHERE id = @Id AND fence = @Fence AND lease_holder = @Holder AND lease_until > now_ms() {db.ForUpdate}
            """,
            new { Id = lease.Migration.ToString(), lease.Fence, lease.Holder });
        return row ?? throw new LeaseLostException(lease.Migration, lease.Fence);
    }
}

internal sealed class GuardedRow
{
    public string Owner { get; init; } = "";

    public string Did { get; init; } = "";

    public string State { get; init; } = "";

    public string? HoldCause { get; init; }
}
