namespace Migrator.Jobs.Storage.Backups;

/// <summary>The check that stands first in every transaction of a backup's runner.</summary>
internal static class BackupGuard
{
    /// <exception cref="WorkLostException">Another worker holds the account, or this lease ran out.</exception>
    public static async Task RequireAsync(DbSession db, WorkLease lease)
    {
        var found = await db.FirstOrDefaultAsync<long?>(
            $"""
            SELECT fence FROM backup_account
            WHERE id = @Id AND fence = @Fence AND lease_holder = @Holder AND lease_until > now_ms() {db.ForUpdate}
            """,
            new { Id = lease.Work.Key, lease.Fence, lease.Holder });
        if (found is null)
            throw new WorkLostException(lease);
    }
}
