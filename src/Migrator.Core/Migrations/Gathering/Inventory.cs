using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>
/// What was gathered for a restore and where each part lies: a file in the migration's workspace, written whole, so that a restart goes on
/// without looking through everything again.
/// </summary>
/// <param name="Blobs">By CID: a path on this machine, or <see cref="InSnapshot"/> and a source's id.</param>
public sealed record Inventory(
    Cid Commit, string Rev, string RepoFile, string? PreferencesFile, string Name, IReadOnlyDictionary<string, string> Blobs)
{
    public const string InSnapshot = "snapshot:";

    /// <summary>Folder in the workspace for the parts that were copied or unpacked.</summary>
    public const string Folder = "gathered";

    /// <summary>Folder in the workspace for what the person uploaded.</summary>
    public const string Uploads = "uploads";

    private const string FileName = "inventory.json";

    /// <summary>Format of the file.</summary>
    public int Version { get; init; } = 1;

    public static async Task<Inventory?> ReadAsync(Workspace workspace, CancellationToken ct)
    {
        var path = Path.Combine(workspace.Subfolder(Folder), FileName);
        if (!File.Exists(path))
            return null;
        await using var file = File.OpenRead(path);
        return await JsonSerializer.DeserializeAsync<Inventory>(file, MigrationJson.Options, ct);
    }

    public Task WriteAsync(Workspace workspace, CancellationToken ct) =>
        workspace.WriteWholeAsync(Path.Combine(Folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, MigrationJson.Options), ct);
}
