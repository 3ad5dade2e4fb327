using System.Security.Cryptography;
using System.Text;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>A public key that backups may be sealed to.</summary>
public sealed record StoredKey(
    string Id, string Owner, string Name, string Recipient, bool Made, DateTimeOffset? ProvenAt, DateTimeOffset CreatedAt)
{
    /// <summary>A key that was made here counts only once the person has shown to have kept the private half.</summary>
    public bool IsUsable => !Made || ProvenAt is not null;
}

/// <summary>The public keys of a person. Private halves never come here.</summary>
public sealed class BackupKeyStore(Database database)
{
    private const string Columns = "id, owner, name, recipient, made, proven_at, created_at";

    public Task<IReadOnlyList<StoredKey>> ListAsync(string owner, CancellationToken ct) => database.ReadAsync<IReadOnlyList<StoredKey>>(
        async db =>
        {
            var rows = await db.ListAsync<Row>($"SELECT {Columns} FROM backup_key WHERE owner = @Owner ORDER BY created_at, id", new { Owner = owner });
            return [.. rows.Select(row => row.ToKey())];
        },
        ct);

    public Task<StoredKey?> FindAsync(string owner, string id, CancellationToken ct) => database.ReadAsync(
        async db => (await db.FirstOrDefaultAsync<Row>(
            $"SELECT {Columns} FROM backup_key WHERE id = @Id AND owner = @Owner", new { Id = id, Owner = owner }))?.ToKey(),
        ct);

    /// <summary>False: the owner has this key already.</summary>
    public Task<bool> AddAsync(StoredKey key, AuditEntry audit, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var made = await db.ExecuteAsync(
                """
                INSERT INTO backup_key (id, owner, name, recipient, made, created_at)
                VALUES (@Id, @Owner, @Name, @Recipient, @Made, now_ms()) ON CONFLICT DO NOTHING
                """,
                new { key.Id, key.Owner, key.Name, key.Recipient, key.Made });
            if (made == 1)
                await Journal.AuditAsync(db, key.Owner, key.Id, audit);
            return made == 1;
        },
        ct);

    /// <summary>Remembers what the newest challenge says, as a hash. Earlier ones stop working.</summary>
    public Task<DateTimeOffset> ChallengeAsync(string id, string code, TimeSpan life, CancellationToken ct) => database.WriteAsync(
        async db => (await db.SingleAsync<long>(
            "UPDATE backup_key SET challenge = @Hash, challenge_until = now_ms() + @Life WHERE id = @Id RETURNING challenge_until",
            new { Id = id, Hash = Hash(code), Life = (long)life.TotalMilliseconds })).ToTime(),
        ct);

    /// <summary>True when it is the code of the newest challenge, in time; the challenge is used up then.</summary>
    public Task<bool> AnswerAsync(string id, string code, CancellationToken ct) => database.WriteAsync(
        async db => await db.ExecuteAsync(
            """
            UPDATE backup_key SET challenge = NULL, challenge_until = NULL
            WHERE id = @Id AND challenge = @Hash AND challenge_until > now_ms()
            """,
            new { Id = id, Hash = Hash(code) }) == 1,
        ct);

    public Task ProveAsync(StoredKey key, AuditEntry audit, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await db.ExecuteAsync("UPDATE backup_key SET proven_at = now_ms() WHERE id = @Id", new { key.Id });
            await Journal.AuditAsync(db, key.Owner, key.Id, audit);
        },
        ct);

    /// <summary>False: a plan seals to it.</summary>
    public Task<bool> RemoveAsync(StoredKey key, AuditEntry audit, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var gone = await db.ExecuteAsync(
                "DELETE FROM backup_key WHERE id = @Id AND NOT EXISTS (SELECT 1 FROM backup_plan_key WHERE key_id = @Id)", new { key.Id });
            if (gone == 1)
                await Journal.AuditAsync(db, key.Owner, key.Id, audit);
            return gone == 1;
        },
        ct);

    private static byte[] Hash(string code) => SHA256.HashData(Encoding.UTF8.GetBytes(code));

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Owner { get; init; } = "";

        public string Name { get; init; } = "";

        public string Recipient { get; init; } = "";

        public bool Made { get; init; }

        public long? ProvenAt { get; init; }

        public long CreatedAt { get; init; }

        public StoredKey ToKey() => new(Id, Owner, Name, Recipient, Made, ProvenAt.ToTime(), CreatedAt.ToTime());
    }
}
