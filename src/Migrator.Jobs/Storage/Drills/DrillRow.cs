using System.Text.Json;
using System.Text.Json.Serialization;
using Migrator.Core.Drills;
using Migrator.Jobs.Drills;

namespace Migrator.Jobs.Storage.Drills;

/// <summary>A drill as it is stored, with what its account and vault are called.</summary>
internal sealed class DrillRow
{
    /// <summary>Without the report, which can be long.</summary>
    public const string Select =
        """
        SELECT d.id, d.account_id, a.did, a.handle, d.why, d.key_from, d.state, d.message, d.snapshot_id, d.taken_at, v.name AS vault_name,
          d.asked_at, d.started_at, d.ended_at, d.progress, d.progress_at, d.summary
        FROM drill d JOIN backup_account a ON a.id = d.account_id LEFT JOIN backup_vault v ON v.id = d.vault_id
        """;

    public string Id { get; init; } = "";

    public string AccountId { get; init; } = "";

    public string Did { get; init; } = "";

    public string? Handle { get; init; }

    public string Why { get; init; } = "";

    public string KeyFrom { get; init; } = "";

    public string State { get; init; } = "";

    public string? Message { get; init; }

    public string SnapshotId { get; init; } = "";

    public long TakenAt { get; init; }

    public string? VaultName { get; init; }

    public long AskedAt { get; init; }

    public long? StartedAt { get; init; }

    public long? EndedAt { get; init; }

    public string? Progress { get; init; }

    public long? ProgressAt { get; init; }

    public string? Summary { get; init; }

    public DrillView ToView(string? report = null) => new(
        Id,
        AccountId,
        Did,
        Handle,
        Why,
        Enum.Parse<DrillKeySource>(KeyFrom),
        Enum.Parse<DrillState>(State),
        Message,
        SnapshotId,
        TakenAt.ToTime(),
        VaultName,
        AskedAt.ToTime(),
        StartedAt.ToTime(),
        EndedAt.ToTime(),
        EndedAt is null && Progress is not null && ProgressAt is { } at ? ReadProgress(Progress, at.ToTime()) : null,
        Summary is null ? null : JsonSerializer.Deserialize(Summary, DrillStoreJson.Default.DrillSummary),
        report is null ? null : DrillJson.Read(report));

    private static DrillProgressView? ReadProgress(string json, DateTimeOffset at) =>
        JsonSerializer.Deserialize(json, DrillStoreJson.Default.DrillProgress) is { } progress
            ? new DrillProgressView(progress.Title, progress.Done, progress.Total, at)
            : null;
}

/// <summary>A drill that is over, as it leaves the house. No secrets, no content of posts.</summary>
/// <param name="Kind"><c>drill.ended</c>.</param>
public sealed record DrillNotice(
    string Kind,
    string Drill,
    string Account,
    string Did,
    string? Handle,
    DrillState State,
    DateTimeOffset TakenAt,
    DrillSummary? Summary,
    string? Message);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(DrillProgress))]
[JsonSerializable(typeof(DrillSummary))]
[JsonSerializable(typeof(DrillNotice))]
internal sealed partial class DrillStoreJson : JsonSerializerContext;
