using System.Text.Json;
using Migrator.Core.Parity;

namespace Migrator.Core.Migrations;

/// <summary>The parity report as it lies in the workspace: one JSON file, replaced whole.</summary>
public static class ParityFile
{
    public const string Name = "parity.json";

    public static Task WriteAsync(Workspace workspace, ParityReport report, CancellationToken ct) =>
        workspace.WriteWholeAsync(Name, JsonSerializer.SerializeToUtf8Bytes(report, MigrationJson.Options), ct);

    public static async Task<ParityReport?> ReadAsync(Workspace workspace, CancellationToken ct)
    {
        if (!workspace.Has([Name]))
            return null;
        await using var file = File.OpenRead(workspace.PathOf(Name));
        return await JsonSerializer.DeserializeAsync<ParityReport>(file, MigrationJson.Options, ct);
    }

    public static ParitySummary Summarize(ParityReport report) => new(
        report.At,
        report.Equal,
        report.Records.Equal,
        report.Blobs.Proven,
        report.Records.Missing.Count,
        report.Records.Extra.Count,
        report.Records.Changed.Count,
        report.Blobs.Problems.Count,
        Name);
}
