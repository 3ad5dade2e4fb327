using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>A sealed snapshot: every part is unsealed, and each blob read to its end and hashed, before it counts as found.</summary>
internal sealed class SnapshotGatherSource(RestoreSource source, OpenRestoreSnapshot open, string folder) : IGatherSource
{
    private const int AtOnce = 4;

    public string Name => source.Name;

    public async Task<VerifiedRepo?> FindRepoAsync(RepoExpectation expectation, List<string> notes, CancellationToken ct)
    {
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var repo = await open.Snapshot.OpenRepoAsync(folder, ct);
            // The snapshot proves itself with the log it holds; that log may end with an operation that was overruled since.
            if (expectation.SigningKeys.Contains(repo.Commit.SignedBy))
                return repo;
            repo.Dispose();
            notes.Add($"{Name}: its records are signed by a key that does not count in this identity.");
            return null;
        }
        catch (SnapshotFaultException fault)
        {
            notes.Add($"{Name}: {RestoreSnapshots.Explain(Name, fault).Message}");
            return null;
        }
        catch (VaultException problem)
        {
            throw RestoreSnapshots.Explain(Name, problem);
        }
    }

    public async Task FindBlobsAsync(IReadOnlySet<Cid> wanted, Action<Cid, string, long, string?> found, CancellationToken ct)
    {
        var door = new Lock();
        try
        {
            var blobs = (await open.BlobsAsync(ct)).Values.Where(blob => wanted.Contains(blob.Cid));
            await Parallel.ForEachAsync(blobs, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
                async (blob, token) =>
            {
                if (await LengthAsync(blob, token) is not { } length)
                    return;
                lock (door)
                    found(blob.Cid, Inventory.InSnapshot + source.Id, length, blob.Mime);
            });
        }
        catch (Exception problem) when (problem is VaultException or SnapshotFaultException)
        {
            throw RestoreSnapshots.Explain(Name, problem);
        }
    }

    public Task<JsonElement?> FindPreferencesAsync(CancellationToken ct) => Task.FromResult(open.Snapshot.Preferences);

    /// <summary>Kept open: the copy reads from it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Null when the blob is damaged or missing in the vault: then another source may have it.</summary>
    private async Task<long?> LengthAsync(Backups.BlobEntry blob, CancellationToken ct)
    {
        try
        {
            await using var bytes = await open.Snapshot.OpenBlobAsync(blob, ct);
            var buffer = new byte[1 << 16];
            long length = 0;
            int read;
            while ((read = await bytes.ReadAsync(buffer, ct)) > 0)
                length += read;
            return length;
        }
        catch (Exception problem) when (problem is SnapshotFaultException or BlobMismatchException
            || problem is VaultException { Fault: VaultFault.NotFound or VaultFault.Corrupted })
        {
            return null;
        }
    }
}
