using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>
/// What this service knows of the vaults, in our own tables. Every write begins with the check of the lease it was made for, so a worker
/// that slept through its lease changes nothing. Snapshots are in <c>BackupIndex.Snapshots.cs</c>, objects in <c>BackupIndex.Objects.cs</c>.
/// </summary>
/// <param name="lease">Null: an index for reading, and for noting what a look at stored bytes showed, which is true whoever looked.</param>
public sealed partial class BackupIndex(Database database, SecretVault vault, WorkLease? lease) : IBackupIndex
{
    private const int RowsAtOnce = 500;

    public Task<AccountFolder?> FindFolderAsync(Guid vaultId, Did did, string sealedTo, CancellationToken ct) =>
        database.ReadAsync(db => FindFolderAsync(db, vaultId, did, sealedTo), ct);

    public Task<AccountFolder> AddFolderAsync(AccountFolder folder, CancellationToken ct) => WriteAsync(
        async db =>
        {
            await db.ExecuteAsync(
                """
                INSERT INTO backup_folder (id, vault_id, did, sealed_to, naming_key, created_at)
                VALUES (@AccountId, @Vault, @Did, @SealedTo, @Key, @CreatedAt) ON CONFLICT DO NOTHING
                """,
                new
                {
                    folder.AccountId,
                    Vault = folder.VaultId.ToString("N"),
                    Did = folder.Did.ToString(),
                    folder.SealedTo,
                    Key = vault.Sealer.Seal(KeyAddress(folder.AccountId, folder.Did.ToString()), folder.NamingKey),
                    CreatedAt = folder.CreatedAt.ToDb(),
                });
            return await FindFolderAsync(db, folder.VaultId, folder.Did, folder.SealedTo)
                ?? throw new InvalidOperationException($"The folder {folder} was neither added nor found.");
        },
        ct);

    internal static SecretAddress KeyAddress(string folder, string did) => new("backup_folder", folder, did, "naming_key");

    private async Task<AccountFolder?> FindFolderAsync(DbSession db, Guid vaultId, Did did, string sealedTo)
    {
        var row = await db.FirstOrDefaultAsync<FolderRow>(
            """
            SELECT id, naming_key, created_at FROM backup_folder
            WHERE vault_id = @Vault AND did = @Did AND sealed_to = @SealedTo
            """,
            new { Vault = vaultId.ToString("N"), Did = did.ToString(), SealedTo = sealedTo });
        return row is null
            ? null
            : new AccountFolder(
                vaultId, row.Id, did, sealedTo, vault.Sealer.Open(KeyAddress(row.Id, did.ToString()), row.NamingKey), row.CreatedAt.ToTime());
    }

    /// <summary>A transaction that begins with the lease; its row is held to the end, so nobody takes over meanwhile.</summary>
    /// <exception cref="WorkLostException">Another worker holds the account, or the lease ran out.</exception>
    private Task<T> WriteAsync<T>(Func<DbSession, Task<T>> work, CancellationToken ct)
    {
        if (lease is null)
            throw new InvalidOperationException("Without a lease this index is for reading only.");
        return database.WriteAsync(
            async db =>
            {
                await BackupGuard.RequireAsync(db, lease);
                return await work(db);
            },
            ct);
    }

    /// <summary>What is true whoever found it out needs no lease; where there is one it is checked.</summary>
    private Task NoteAsync(Func<DbSession, Task> work, CancellationToken ct) => lease is null ? database.WriteAsync(work, ct) : WriteAsync(work, ct);

    private Task WriteAsync(Func<DbSession, Task> work, CancellationToken ct) => WriteAsync(
        async db =>
        {
            await work(db);
            return true;
        },
        ct);

    private sealed class FolderRow
    {
        public string Id { get; init; } = "";

        public byte[] NamingKey { get; init; } = [];

        public long CreatedAt { get; init; }
    }
}
