using System.Security.Cryptography;
using System.Text;

namespace Migrator.Jobs.Storage;

/// <summary>Where a sealed text belongs: what kind of thing, which one, which of its secrets.</summary>
public sealed record SecretKey(string Scope, string Id, string Name)
{
    /// <summary>Credentials of a vault.</summary>
    public static SecretKey VaultCredentials(string vaultId) => new("vault", vaultId, "credentials");

    /// <summary>Tokens of the sign-in for the preferences of an account that is backed up.</summary>
    public static SecretKey BackupSession(string accountId) => new("backup", accountId, "session");

    /// <summary>The address that is called when a round of a plan is complete; whoever knows it can call it.</summary>
    public static SecretKey SuccessUrl(string planId) => new("plan", planId, "success-url");

    /// <summary>The private key that a person left here so that drills run by themselves: it opens the account's backups.</summary>
    public static SecretKey DrillIdentity(string accountId) => new("drill", accountId, "identity");

    internal SecretAddress Address(string owner) => new("sealed_secret", $"{Scope}/{Id}", owner, Name);
}

/// <summary>Secrets that belong to no migration, sealed (<see cref="SecretSealer"/>) and bound to their place and owner.</summary>
public sealed class SealedSecrets(Database database, SecretVault vault)
{
    /// <exception cref="SealBrokenException">The stored value does not open.</exception>
    public async Task<string?> ReadAsync(SecretKey key, CancellationToken ct)
    {
        var row = await database.ReadAsync(
            db => db.FirstOrDefaultAsync<Row>(
                "SELECT owner, sealed FROM sealed_secret WHERE scope = @Scope AND id = @Id AND name = @Name", key),
            ct);
        if (row is null)
            return null;
        var value = vault.Sealer.Open(key.Address(row.Owner), row.Sealed);
        try
        {
            return Encoding.UTF8.GetString(value);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }

    public Task WriteAsync(SecretKey key, string owner, string value, CancellationToken ct) =>
        database.WriteAsync(db => WriteAsync(db, key, owner, value), ct);

    /// <summary>In the caller's transaction.</summary>
    public async Task WriteAsync(DbSession db, SecretKey key, string owner, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        try
        {
            await db.ExecuteAsync(
                """
                INSERT INTO sealed_secret (scope, id, name, owner, key_id, sealed, updated_at)
                VALUES (@Scope, @Id, @Name, @Owner, @KeyId, @Sealed, now_ms())
                ON CONFLICT (scope, id, name) DO UPDATE SET
                  owner = excluded.owner, key_id = excluded.key_id, sealed = excluded.sealed, updated_at = excluded.updated_at
                """,
                new { key.Scope, key.Id, key.Name, Owner = owner, vault.Sealer.KeyId, Sealed = vault.Sealer.Seal(key.Address(owner), bytes) });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public Task EraseAsync(SecretKey key, CancellationToken ct) => database.WriteAsync(db => EraseAsync(db, key), ct);

    /// <summary>In the caller's transaction.</summary>
    public static Task EraseAsync(DbSession db, SecretKey key) =>
        db.ExecuteAsync("DELETE FROM sealed_secret WHERE scope = @Scope AND id = @Id AND name = @Name", key);

    private sealed class Row
    {
        public string Owner { get; init; } = "";

        public byte[] Sealed { get; init; } = [];
    }
}
