using System.Text;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>The ledger of blobs, written in batches: an account may have a hundred thousand of them.</summary>
public sealed class BlobLedger(Database database) : IBlobLedger
{
    /// <summary>Rows in one statement; 7 parameters each, far below what either database takes.</summary>
    private const int RowsPerStatement = 500;

    /// <summary>Rows in one transaction, so that the lease can be renewed in between.</summary>
    private const int RowsPerTransaction = 5_000;

    private const string LeaveAsItIs = "ON CONFLICT (migration_id, cid) DO NOTHING";

    private const string Replace = """
        ON CONFLICT (migration_id, cid) DO UPDATE SET state = excluded.state, reason = excluded.reason,
          size = coalesce(excluded.size, blob_ledger.size), mime_type = coalesce(excluded.mime_type, blob_ledger.mime_type),
          used_by = coalesce(excluded.used_by, blob_ledger.used_by)
        """;

    public Task AddNeededAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct) =>
        WriteAsync(lease, [.. blobs.Select(blob => blob with { State = BlobState.Needed, Reason = null })], LeaveAsItIs, ct);

    public Task RecordAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, CancellationToken ct) => WriteAsync(lease, blobs, Replace, ct);

    public async Task KeepOnlyAsync(Lease lease, IReadOnlySet<Cid> referenced, CancellationToken ct)
    {
        var known = await database.ReadAsync(
            db => db.ListAsync<string>("SELECT cid FROM blob_ledger WHERE migration_id = @Id", new { Id = lease.Migration.ToString() }), ct);
        foreach (var part in known.Where(cid => !referenced.Contains(Cid.Parse(cid))).Chunk(RowsPerStatement))
        {
            await database.WriteAsync(
                async db =>
                {
                    await LeaseGuard.RequireAsync(db, lease);
                    await db.ExecuteAsync(
                        $"DELETE FROM blob_ledger WHERE migration_id = @Id AND {db.IsOneOf("cid", "@Cids")}",
                        new { Id = lease.Migration.ToString(), Cids = part });
                },
                ct);
        }
    }

    public Task<IReadOnlyList<BlobEntry>> ListAsync(MigrationId id, BlobState? state, CancellationToken ct) =>
        database.ReadAsync<IReadOnlyList<BlobEntry>>(
            async db =>
            {
                var filter = state is null ? "" : "AND state = @State";
                var rows = await db.ListAsync<BlobRow>(
                    $"SELECT cid, state, size, mime_type, used_by, reason FROM blob_ledger WHERE migration_id = @Id {filter} ORDER BY cid",
                    new { Id = id.ToString(), State = state?.ToString() });
                return [.. rows.Select(row => row.ToEntry())];
            },
            ct);

    public Task<BlobTotals> TotalsAsync(MigrationId id, CancellationToken ct) => database.ReadAsync(
        async db =>
        {
            var rows = await db.ListAsync<StateRow>(
                $"""
                SELECT state, count(*) AS blobs, count(size) AS sized,
                  cast(coalesce(sum(CASE WHEN size > {ClaimedSize.Most} THEN {ClaimedSize.Most} ELSE size END), 0) AS bigint) AS bytes
                FROM blob_ledger WHERE migration_id = @Id GROUP BY state
                """,
                new { Id = id.ToString() });
            return Sum(rows);
        },
        ct);

    private static BlobTotals Sum(IReadOnlyList<StateRow> rows)
    {
        var byState = rows.ToDictionary(row => Enum.Parse<BlobState>(row.State));
        long Count(BlobState state) => byState.TryGetValue(state, out var row) ? row.Blobs : 0;
        long Bytes(BlobState state) => byState.TryGetValue(state, out var row) ? row.Bytes : 0;

        var all = rows.Sum(row => row.Blobs);
        var sized = rows.Sum(row => row.Sized);
        var arrived = Count(BlobState.Copied) + Count(BlobState.Proven);
        return new BlobTotals(
            Needed: all,
            Copied: arrived,
            Proven: Count(BlobState.Proven),
            Problems: all - arrived - Count(BlobState.Needed),
            BytesCopied: Bytes(BlobState.Copied) + Bytes(BlobState.Proven),
            BytesKnown: sized == 0 ? null : rows.Sum(row => row.Bytes));
    }

    private async Task WriteAsync(Lease lease, IReadOnlyList<BlobEntry> blobs, string onConflict, CancellationToken ct)
    {
        // The same blob twice in one statement is an error on PostgreSQL; the later entry counts.
        var distinct = new Dictionary<Cid, BlobEntry>(blobs.Count);
        foreach (var blob in blobs)
            distinct[blob.Cid] = blob;
        foreach (var part in distinct.Values.Chunk(RowsPerTransaction))
        {
            await database.WriteAsync(
                async db =>
                {
                    await LeaseGuard.RequireAsync(db, lease);
                    foreach (var rows in part.Chunk(RowsPerStatement))
                        await InsertAsync(db, lease.Migration, rows, onConflict);
                },
                ct);
        }
    }

    private static async Task InsertAsync(DbSession db, MigrationId id, BlobEntry[] rows, string onConflict)
    {
        await using var command = db.CreateCommand();
        var sql = new StringBuilder("INSERT INTO blob_ledger (migration_id, cid, state, size, mime_type, used_by, reason) VALUES ");
        Add("id", id.ToString());
        for (var i = 0; i < rows.Length; i++)
        {
            sql.Append(i == 0 ? "" : ", ").Append($"(@id, @c{i}, @s{i}, @z{i}, @m{i}, @u{i}, @r{i})");
            Add($"c{i}", rows[i].Cid.ToString());
            Add($"s{i}", rows[i].State.ToString());
            Add($"z{i}", rows[i].Size, System.Data.DbType.Int64);
            Add($"m{i}", rows[i].MimeType);
            Add($"u{i}", rows[i].UsedBy);
            Add($"r{i}", rows[i].Reason);
        }

        command.CommandText = sql.Append(' ').Append(onConflict).ToString();
        await command.ExecuteNonQueryAsync(db.Cancellation);

        void Add(string name, object? value, System.Data.DbType type = System.Data.DbType.String)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.DbType = type;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }
    }

    private sealed class StateRow
    {
        public string State { get; init; } = "";

        public long Blobs { get; init; }

        public long Sized { get; init; }

        public long Bytes { get; init; }
    }

    private sealed class BlobRow
    {
        public string Cid { get; init; } = "";

        public string State { get; init; } = "";

        public long? Size { get; init; }

        public string? MimeType { get; init; }

        public string? UsedBy { get; init; }

        public string? Reason { get; init; }

        public BlobEntry ToEntry() => new(
            Core.AtProto.Syntax.Cid.Parse(Cid), Enum.Parse<BlobState>(State), Size, MimeType, UsedBy, Reason);
    }
}
