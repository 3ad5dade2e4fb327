using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>A folder, and how far the reading of its stored bytes has come.</summary>
/// <param name="Cursor">Where the next pass goes on; null: at the beginning.</param>
/// <param name="BeganAt">When this reading from the beginning began; null before the first.</param>
/// <param name="WholeSince">Everything was read after this; null while no reading came to the end.</param>
public sealed record FolderState(AccountFolder Folder, long Bytes, string? Cursor, DateTimeOffset? BeganAt, DateTimeOffset? WholeSince);

/// <summary>The folders of an account in a vault, for retention and verification.</summary>
public sealed class FolderStore(Database database, SecretVault vault)
{
    public Task<IReadOnlyList<FolderState>> ListAsync(Guid vaultId, Did did, CancellationToken ct) => database.ReadAsync(
        async Task<IReadOnlyList<FolderState>> (db) =>
        {
            var rows = await db.ListAsync<Row>(
                """
                SELECT id, sealed_to, naming_key, created_at, bytes, verify_cursor, verify_began, verify_whole FROM backup_folder
                WHERE vault_id = @Vault AND did = @Did ORDER BY created_at
                """,
                new { Vault = vaultId.ToString("N"), Did = did.ToString() });
            return [.. rows.Select(row => row.ToState(vaultId, did, vault))];
        },
        ct);

    /// <summary>Stores where a pass stopped.</summary>
    /// <param name="next">Null: it came to the end.</param>
    public Task NotePassAsync(WorkLease lease, string folder, string? next, DateTimeOffset beganAt, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await BackupGuard.RequireAsync(db, lease);
            await db.ExecuteAsync(
                """
                UPDATE backup_folder SET verify_cursor = @Next, verify_began = @Began,
                  verify_whole = CASE WHEN @Next IS NULL THEN @Began ELSE verify_whole END
                WHERE id = @Id
                """,
                new { Id = folder, Next = next, Began = beganAt.ToDb() });
        },
        ct);

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string SealedTo { get; init; } = "";

        public byte[] NamingKey { get; init; } = [];

        public long CreatedAt { get; init; }

        public long Bytes { get; init; }

        public string? VerifyCursor { get; init; }

        public long? VerifyBegan { get; init; }

        public long? VerifyWhole { get; init; }

        public FolderState ToState(Guid vaultId, Did did, SecretVault seals) => new(
            new AccountFolder(
                vaultId, Id, did, SealedTo, seals.Sealer.Open(BackupIndex.KeyAddress(Id, did.ToString()), NamingKey), CreatedAt.ToTime()),
            Bytes,
            VerifyCursor,
            VerifyBegan.ToTime(),
            VerifyWhole.ToTime());
    }
}
