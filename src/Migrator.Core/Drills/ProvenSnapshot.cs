using System.Text.Json;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Migrations.Gathering;
using Migrator.Core.Vaults;
using BlobEntry = Migrator.Core.Backups.BlobEntry;

namespace Migrator.Core.Drills;

/// <summary>
/// The snapshot of a drill as the source of its restore. Every blob was read and hashed a moment ago, so it is not read once more to be
/// found; it is when it is copied, and hashed again.
/// </summary>
/// <param name="blobs">Every blob that the snapshot has.</param>
internal sealed class ProvenSnapshot(OpenedSnapshot snapshot, IReadOnlyDictionary<Cid, BlobEntry> blobs) : IRestoreSnapshots, IGatherSource
{
    private string _folder = "";

    public string Name => "the snapshot";

    public Task<IGatherSource> OpenAsync(MigrationContext context, RestoreSource source, string folder, CancellationToken ct)
    {
        PrivateFile.CreateFolder(_folder = folder);
        return Task.FromResult<IGatherSource>(this);
    }

    public async Task<VerifiedRepo?> FindRepoAsync(RepoExpectation expectation, List<string> notes, CancellationToken ct)
    {
        try
        {
            return await snapshot.OpenRepoAsync(_folder, ct).ConfigureAwait(false);
        }
        catch (SnapshotFaultException fault)
        {
            throw new GatherException($"The snapshot was whole a moment ago and now is not: {fault.Message}", again: false, fault);
        }
        catch (VaultException problem)
        {
            throw new GatherException(problem.Message, again: true, problem);
        }
    }

    public Task FindBlobsAsync(IReadOnlySet<Cid> wanted, Action<Cid, string, long, string?> found, CancellationToken ct)
    {
        foreach (var blob in blobs.Values.Where(blob => wanted.Contains(blob.Cid)))
            found(blob.Cid, Inventory.InSnapshot + RestoreRun.SourceId, blob.Size ?? 0, blob.Mime);
        return Task.CompletedTask;
    }

    public Task<JsonElement?> FindPreferencesAsync(CancellationToken ct) => Task.FromResult(snapshot.Preferences);

    public async Task<XrpcResult<XrpcStream>> OpenBlobAsync(
        MigrationContext context, RestoreSource source, Cid cid, CancellationToken ct) =>
        blobs.TryGetValue(cid, out var blob)
            ? XrpcResult.Ok(new XrpcStream(await snapshot.OpenBlobAsync(blob, ct).ConfigureAwait(false), blob.Mime, blob.Size))
            : GatheredAccountSource.Missing("The snapshot does not hold it.");

    public Task ForgetAsync(MigrationId id) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
