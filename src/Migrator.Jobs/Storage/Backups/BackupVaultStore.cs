using System.Text.Json;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>A vault as it is stored; its credentials are sealed elsewhere (<see cref="SecretKey.VaultCredentials"/>).</summary>
/// <param name="Place">For people: the folder, or bucket@host.</param>
/// <param name="Marker">The id in its marker object.</param>
public sealed record StoredVault(
    string Id, string Owner, string Name, VaultSettings Settings, string Place, Guid Marker, VaultTrialView? Trial, DateTimeOffset CreatedAt);

/// <summary>The vaults of a person, and how they are opened.</summary>
public sealed class BackupVaultStore(Database database, SealedSecrets secrets, IVaultFactory factory)
{
    private const string Columns = "id, owner, name, settings, place, marker_id, trial, created_at";

    public Task<IReadOnlyList<StoredVault>> ListAsync(string owner, CancellationToken ct) => database.ReadAsync<IReadOnlyList<StoredVault>>(
        async db =>
        {
            var rows = await db.ListAsync<Row>($"SELECT {Columns} FROM backup_vault WHERE owner = @Owner ORDER BY created_at, id", new { Owner = owner });
            return [.. rows.Select(row => row.ToVault())];
        },
        ct);

    public Task<StoredVault?> FindAsync(string owner, string id, CancellationToken ct) => database.ReadAsync(
        async db => (await db.FirstOrDefaultAsync<Row>(
            $"SELECT {Columns} FROM backup_vault WHERE id = @Id AND owner = @Owner", new { Id = id, Owner = owner }))?.ToVault(),
        ct);

    /// <summary>False: the owner has this very vault already.</summary>
    public Task<bool> AddAsync(StoredVault vault, VaultCredentials? credentials, AuditEntry audit, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var made = await db.ExecuteAsync(
                """
                INSERT INTO backup_vault (id, owner, name, settings, place, marker_id, trial, created_at)
                VALUES (@Id, @Owner, @Name, @Settings, @Place, @Marker, @Trial, now_ms()) ON CONFLICT DO NOTHING
                """,
                new
                {
                    vault.Id,
                    vault.Owner,
                    vault.Name,
                    Settings = JsonSerializer.Serialize(vault.Settings, JsonSerializerOptions.Web),
                    vault.Place,
                    Marker = vault.Marker.ToString("N"),
                    Trial = Write(vault.Trial),
                });
            if (made == 0)
                return false;
            if (credentials is not null)
                await secrets.WriteAsync(db, SecretKey.VaultCredentials(vault.Id), vault.Owner, Write(credentials));
            await Journal.AuditAsync(db, vault.Owner, vault.Id, audit);
            return true;
        },
        ct);

    public Task ChangeAsync(StoredVault vault, VaultCredentials? credentials, AuditEntry audit, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            await db.ExecuteAsync("UPDATE backup_vault SET name = @Name WHERE id = @Id", new { vault.Id, vault.Name });
            if (credentials is not null)
                await secrets.WriteAsync(db, SecretKey.VaultCredentials(vault.Id), vault.Owner, Write(credentials));
            await Journal.AuditAsync(db, vault.Owner, vault.Id, audit);
        },
        ct);

    public Task NoteTrialAsync(string id, VaultTrialView trial, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync("UPDATE backup_vault SET trial = @Trial WHERE id = @Id", new { Id = id, Trial = Write(trial) }), ct);

    /// <summary>False: a plan writes to it.</summary>
    public Task<bool> RemoveAsync(StoredVault vault, AuditEntry audit, CancellationToken ct) => database.WriteAsync(
        async db =>
        {
            var gone = await db.ExecuteAsync(
                "DELETE FROM backup_vault WHERE id = @Id AND NOT EXISTS (SELECT 1 FROM backup_plan_vault WHERE vault_id = @Id)", new { vault.Id });
            if (gone == 0)
                return false;
            await SealedSecrets.EraseAsync(db, SecretKey.VaultCredentials(vault.Id));
            await Journal.AuditAsync(db, vault.Owner, vault.Id, audit);
            return true;
        },
        ct);

    /// <summary>Opens it with its stored credentials. Makes no call yet.</summary>
    public async Task<IVault> OpenAsync(StoredVault vault, CancellationToken ct)
    {
        var sealedText = vault.Settings is S3VaultSettings ? await secrets.ReadAsync(SecretKey.VaultCredentials(vault.Id), ct) : null;
        return factory.Open(vault.Settings, sealedText is null ? null : ReadCredentials(sealedText));
    }

    /// <summary>What every vault holds by our own books, by vault id.</summary>
    public Task<IReadOnlyDictionary<string, VaultTotals>> TotalsAsync(string owner, CancellationToken ct) => database.ReadAsync(
        async Task<IReadOnlyDictionary<string, VaultTotals>> (db) =>
        {
            var rows = await db.ListAsync<TotalsRow>(
                """
                SELECT v.id, coalesce(sum(f.objects), 0) AS objects, coalesce(sum(f.bytes), 0) AS bytes, count(DISTINCT f.did) AS accounts
                FROM backup_vault v LEFT JOIN backup_folder f ON f.vault_id = v.marker_id WHERE v.owner = @Owner GROUP BY v.id
                """,
                new { Owner = owner });
            return rows.ToDictionary(row => row.Id, row => new VaultTotals((long)row.Objects, (long)row.Bytes, (int)row.Accounts));
        },
        ct);

    internal static string Write(VaultCredentials credentials) => JsonSerializer.Serialize(
        new[] { credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken ?? "" });

    private static VaultCredentials ReadCredentials(string text)
    {
        var parts = JsonSerializer.Deserialize<string[]>(text) ?? [];
        return parts.Length == 3
            ? new VaultCredentials(parts[0], parts[1], parts[2].Length == 0 ? null : parts[2])
            : throw new FormatException("Stored credentials of a vault have another form than they should.");
    }

    private static string? Write(VaultTrialView? trial) => trial is null ? null : JsonSerializer.Serialize(trial, JsonSerializerOptions.Web);

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Owner { get; init; } = "";

        public string Name { get; init; } = "";

        public string Settings { get; init; } = "";

        public string Place { get; init; } = "";

        public string MarkerId { get; init; } = "";

        public string? Trial { get; init; }

        public long CreatedAt { get; init; }

        public StoredVault ToVault() => new(
            Id,
            Owner,
            Name,
            JsonSerializer.Deserialize<VaultSettings>(Settings, JsonSerializerOptions.Web) ?? throw new FormatException("A vault without settings."),
            Place,
            Guid.ParseExact(MarkerId, "N"),
            Trial is null ? null : JsonSerializer.Deserialize<VaultTrialView>(Trial, JsonSerializerOptions.Web),
            CreatedAt.ToTime());
    }

    private sealed class TotalsRow
    {
        public string Id { get; init; } = "";

        // PostgreSQL sums bigints to a decimal.
        public decimal Objects { get; init; }

        public decimal Bytes { get; init; }

        public long Accounts { get; init; }
    }
}

public sealed record VaultTotals(long Objects, long Bytes, int Accounts);
