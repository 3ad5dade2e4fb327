using System.Text.Json;
using System.Text.Json.Serialization;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;

namespace Migrator.Jobs.Storage.Backups;

/// <summary>
/// What never changes about a snapshot, as it is stored in one column. New fields get a default: older rows must still load.
/// </summary>
/// <param name="TotalBytes">Without the manifest, whose length is not known when this is written.</param>
internal sealed record SnapshotFacts(
    string Did,
    string? Handle,
    string Pds,
    string Rev,
    string Commit,
    string Data,
    long Records,
    long Blobs,
    long BlobBytes,
    long AbsentBlobs,
    bool HasPreferences,
    string ContentMark,
    IReadOnlyList<ChainLink> Chain,
    long TotalBytes,
    string? Shrink)
{
    public static string Write(SnapshotSummary snapshot) => JsonSerializer.Serialize(
        new SnapshotFacts(
            snapshot.Did.ToString(),
            snapshot.Handle,
            snapshot.Pds.OriginalString,
            snapshot.Rev,
            snapshot.Commit.ToString(),
            snapshot.Data.ToString(),
            snapshot.Records,
            snapshot.Blobs,
            snapshot.BlobBytes,
            snapshot.AbsentBlobs,
            snapshot.HasPreferences,
            snapshot.ContentMark,
            snapshot.Chain,
            snapshot.TotalBytes,
            snapshot.Shrink),
        SnapshotFactsJson.Default.SnapshotFacts);

    public static SnapshotFacts Read(string json) =>
        JsonSerializer.Deserialize(json, SnapshotFactsJson.Default.SnapshotFacts) ?? throw new FormatException("A snapshot without facts.");

    public SnapshotSummary ToSummary(SnapshotRow row) => new(
        row.FolderId,
        row.Name,
        row.TakenAt.ToTime(),
        Core.AtProto.Syntax.Did.Parse(Did),
        Handle,
        new Uri(Pds),
        Rev,
        Cid.Parse(Commit),
        Cid.Parse(Data),
        Records,
        Blobs,
        BlobBytes,
        AbsentBlobs,
        HasPreferences,
        ContentMark,
        Chain,
        row.NewBytes,
        TotalBytes + row.ManifestLength,
        Shrink)
    {
        ManifestLength = row.ManifestLength,
        ManifestSha256 = row.ManifestSha256,
        Number = row.Seq,
        IsManifestMissing = row.ManifestProblem == SnapshotVerifier.NotThere,
        Stage = Enum.Parse<SnapshotStage>(row.Stage),
        VerifiedAt = row.VerifiedAt.ToTime(),
        OpenedAt = row.OpenedAt.ToTime(),
        Damage = row.Damage,
        Pinned = row.Pinned,
        ShrinkAccepted = row.ShrinkAccepted,
        DeletingSince = row.DeletingSince.ToTime(),
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SnapshotFacts))]
internal sealed partial class SnapshotFactsJson : JsonSerializerContext;

internal class SnapshotRow
{
    public const string Columns =
        """
        folder_id, seq, id, name, taken_at, stage, facts, new_bytes, manifest_length, manifest_sha256, manifest_checked, manifest_problem,
        verified_at, opened_at, damage, pinned, shrink_accepted, deleting_since
        """;

    public string FolderId { get; init; } = "";

    public long Seq { get; init; }

    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public long TakenAt { get; init; }

    public string Stage { get; init; } = "";

    public string Facts { get; init; } = "";

    public long NewBytes { get; init; }

    public long ManifestLength { get; init; }

    public string? ManifestSha256 { get; init; }

    public long? ManifestChecked { get; init; }

    public string? ManifestProblem { get; init; }

    public long? VerifiedAt { get; init; }

    public long? OpenedAt { get; init; }

    public string? Damage { get; init; }

    public bool Pinned { get; init; }

    public bool ShrinkAccepted { get; init; }

    public long? DeletingSince { get; init; }

    public SnapshotSummary ToSummary() => SnapshotFacts.Read(Facts).ToSummary(this);
}
