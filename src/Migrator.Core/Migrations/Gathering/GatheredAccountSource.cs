using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>The account as it was gathered: to all steps it is a source like a living server.</summary>
public sealed class GatheredAccountSource(
    Workspace workspace, Inventory inventory, Did did, Func<string, Cid, CancellationToken, Task<XrpcResult<XrpcStream>>> openSnapshotBlob)
    : IAccountSource
{
    /// <summary>Stands where an error names a server.</summary>
    private static readonly Uri Here = new("https://backup.invalid");

    public Did Did => did;

    public string Name => inventory.Name;

    public Task<XrpcResult<RepoHead>> ReadHeadAsync(CancellationToken ct) =>
        Task.FromResult(XrpcResult.Ok(new RepoHead(inventory.Commit, inventory.Rev)));

    /// <summary>Always the whole repo: nothing is written to it any more.</summary>
    public Task<XrpcResult<XrpcStream>> OpenRepoAsync(string? since, CancellationToken ct) =>
        Task.FromResult(
            Open(Path.Combine(workspace.Subfolder(Inventory.Folder), inventory.RepoFile), "The gathered repo is gone from the workspace."));

    public Task<XrpcResult<XrpcStream>> OpenBlobAsync(Cid cid, CancellationToken ct)
    {
        if (!inventory.Blobs.TryGetValue(cid.ToString(), out var place))
            return Task.FromResult<XrpcResult<XrpcStream>>(Missing("Nothing that was given holds it."));
        return place.StartsWith(Inventory.InSnapshot, StringComparison.Ordinal)
            ? openSnapshotBlob(place[Inventory.InSnapshot.Length..], cid, ct)
            : Task.FromResult(Open(place, "Its file is not there any more."));
    }

    public async Task<XrpcResult<JsonElement>> ReadPreferencesAsync(CancellationToken ct)
    {
        if (inventory.PreferencesFile is not { } name)
            return Missing("The backup holds no preferences.");
        await using var file = File.OpenRead(Path.Combine(workspace.Subfolder(Inventory.Folder), name));
        using var json = await JsonDocument.ParseAsync(file, cancellationToken: ct);
        return XrpcResult.Ok(json.RootElement.Clone());
    }

    public static XrpcError Missing(string message) => new(XrpcFailure.Refused, 404, "NotFound", message, null, Here, "backup");

    private static XrpcResult<XrpcStream> Open(string path, string gone)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
            return XrpcResult.Ok(new XrpcStream(file, null, file.Length));
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return Missing(gone);
        }
    }
}
