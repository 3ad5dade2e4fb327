using Migrator.Jobs.Drills;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Storage.Drills;

/// <summary>A drill that is to be made.</summary>
/// <param name="Id">32 hex digits.</param>
/// <param name="Why"><c>person</c> or <c>schedule</c>.</param>
public sealed record NewDrill(string Id, string Owner, OwnedSnapshot Snapshot, string Why, DrillKeySource KeyFrom);

/// <summary>The person's side of the table of drills.</summary>
public sealed class DrillStore(Database database)
{
    /// <summary>False: one of the same account is open already.</summary>
    public Task<bool> AddAsync(NewDrill drill, CancellationToken ct) => database.WriteAsync(db => AddAsync(db, drill, drill.Owner), ct);

    public Task<DrillView?> FindAsync(string owner, string id, CancellationToken ct) => database.ReadAsync(
        async db =>
        {
            var row = await db.FirstOrDefaultAsync<DrillRow>($"{DrillRow.Select} WHERE d.id = @Id AND d.owner = @Owner", new { Id = id, Owner = owner });
            return row?.ToView(await db.FirstOrDefaultAsync<string>("SELECT report FROM drill WHERE id = @Id", new { Id = id }));
        },
        ct);

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<DrillView>> ListAsync(string owner, string? accountId, DateTimeOffset? before, int limit, CancellationToken ct) =>
        QueryAsync(
            """
            WHERE d.owner = @Owner AND (@Account IS NULL OR d.account_id = @Account) AND (@Before IS NULL OR d.asked_at < @Before)
            ORDER BY d.asked_at DESC, d.id LIMIT @Limit
            """,
            new { Owner = owner, Account = accountId, Before = before?.ToDb(), Limit = limit },
            ct);

    /// <summary>Of each account: the newest that proved everything, the newest that is over, and the one that is open.</summary>
    /// <param name="accountId">Null: of all.</param>
    public Task<IReadOnlyList<DrillView>> ListTellingAsync(string owner, string? accountId, CancellationToken ct) => QueryAsync(
        """
        WHERE d.owner = @Owner AND (@Account IS NULL OR d.account_id = @Account) AND (
          d.ended_at IS NULL
          OR d.ended_at = (SELECT max(x.ended_at) FROM drill x WHERE x.account_id = d.account_id)
          OR d.ended_at = (SELECT max(x.ended_at) FROM drill x WHERE x.account_id = d.account_id AND x.state = 'Proven'))
        ORDER BY d.ended_at DESC, d.id
        """,
        new { Owner = owner, Account = accountId },
        ct);

    /// <summary>When each vault's copy of an account was drilled last, by vault id.</summary>
    internal static async Task<IReadOnlyDictionary<string, DateTimeOffset>> LastByVaultAsync(DbSession db, string accountId) =>
        (await db.ListAsync<VaultRow>(
            "SELECT vault_id, max(ended_at) AS ended_at FROM drill WHERE account_id = @Account AND ended_at IS NOT NULL GROUP BY vault_id",
            new { Account = accountId })).ToDictionary(row => row.VaultId, row => row.EndedAt.ToTime());

    public Task<IReadOnlyDictionary<string, DateTimeOffset>> LastByVaultAsync(string accountId, CancellationToken ct) =>
        database.ReadAsync(db => LastByVaultAsync(db, accountId), ct);

    internal static async Task<bool> AddAsync(DbSession db, NewDrill drill, string actor)
    {
        var added = await db.ExecuteAsync(
            """
            INSERT INTO drill (id, owner, account_id, vault_id, snapshot_id, snapshot_name, taken_at, why, key_from, state, asked_at, asked,
              updated_at)
            VALUES (@Id, @Owner, @Account, @Vault, @Snapshot, @Name, @TakenAt, @Why, @KeyFrom, @State, now_ms(), @Yes, now_ms())
            ON CONFLICT DO NOTHING
            """,
            new
            {
                drill.Id,
                drill.Owner,
                Account = drill.Snapshot.AccountId,
                Vault = drill.Snapshot.VaultId,
                Snapshot = drill.Snapshot.Id,
                drill.Snapshot.Summary.Name,
                TakenAt = drill.Snapshot.Summary.TakenAt.ToDb(),
                drill.Why,
                KeyFrom = drill.KeyFrom.ToString(),
                State = nameof(DrillState.Queued),
                Yes = true,
            });
        if (added == 1)
            await Journal.AuditAsync(db, drill.Owner, drill.Snapshot.AccountId, new AuditEntry(actor, "drill.ask", drill.Id));
        return added == 1;
    }

    private Task<IReadOnlyList<DrillView>> QueryAsync(string where, object args, CancellationToken ct) => database.ReadAsync<IReadOnlyList<DrillView>>(
        async db => [.. (await db.ListAsync<DrillRow>($"{DrillRow.Select} {where}", args)).Select(row => row.ToView())], ct);

    private sealed class VaultRow
    {
        public string VaultId { get; init; } = "";

        public long EndedAt { get; init; }
    }
}
