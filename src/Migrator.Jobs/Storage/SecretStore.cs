using System.Security.Cryptography;
using System.Text;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>The secrets of migrations, sealed (<see cref="SecretSealer"/>).</summary>
public sealed class SecretStore(Database database, SecretVault vault) : ISecretStore
{
    /// <exception cref="SealBrokenException">The stored value does not open.</exception>
    public async Task<string?> ReadAsync(MigrationId id, SecretName name, CancellationToken ct)
    {
        var row = await database.ReadAsync(
            db => db.FirstOrDefaultAsync<SecretRow>(
                """
                SELECT m.owner, s.sealed FROM secret s JOIN migration m ON m.id = s.migration_id
                WHERE s.migration_id = @Id AND s.name = @Name
                """,
                Key(id, name)),
            ct);
        if (row is null)
            return null;
        var value = vault.Sealer.Open(Address(id, name, row.Owner), row.Sealed);
        try
        {
            return Encoding.UTF8.GetString(value);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }

    public Task WriteAsync(MigrationId id, SecretName name, string value, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var owner = await db.FirstOrDefaultAsync<string>("SELECT owner FROM migration WHERE id = @Id", new { Id = id.ToString() })
                ?? throw new InvalidOperationException($"Migration {id} does not exist; its secret was not stored.");
            var bytes = Encoding.UTF8.GetBytes(value);
            try
            {
                await db.ExecuteAsync(
                    """
                    INSERT INTO secret (migration_id, name, key_id, sealed, updated_at) VALUES (@Id, @Name, @KeyId, @Sealed, now_ms())
                    ON CONFLICT (migration_id, name)
                    DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed, updated_at = excluded.updated_at
                    """,
                    new
                    {
                        Id = id.ToString(),
                        Name = name.ToString(),
                        vault.Sealer.KeyId,
                        Sealed = vault.Sealer.Seal(Address(id, name, owner), bytes),
                    });
            }
            finally
            {
                CryptographicOperations.ZeroMemory(bytes);
            }
        },
        ct);

    public Task EraseAsync(MigrationId id, SecretName name, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync("DELETE FROM secret WHERE migration_id = @Id AND name = @Name", Key(id, name)), ct);

    public Task EraseAllAsync(MigrationId id, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync("DELETE FROM secret WHERE migration_id = @Id", new { Id = id.ToString() }), ct);

    private static object Key(MigrationId id, SecretName name) => new { Id = id.ToString(), Name = name.ToString() };

    private static SecretAddress Address(MigrationId id, SecretName name, string owner) =>
        new("secret", id.ToString(), owner, name.ToString());

    private sealed class SecretRow
    {
        public string Owner { get; init; } = "";

        public byte[] Sealed { get; init; } = [];
    }
}
