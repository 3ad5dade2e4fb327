using System.Collections.Concurrent;
using Migrator.Core.Accounts;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>
/// Opens a snapshot with the key and proves everything in it: the manifest, the identity's operations, the commit's signature, every block
/// and record of the repo, and the bytes of every blob. Needs nothing but the vault and the key.
/// </summary>
public static class SnapshotProver
{
    private const int BlobsAtOnce = 4;

    /// <param name="vault">Where it is.</param>
    /// <param name="name">Full name of its manifest.</param>
    /// <param name="identities">The key.</param>
    /// <param name="workFolder">Exists; takes the unsealed repo. The caller empties it.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>What was proven and every fault that was found.</returns>
    /// <exception cref="VaultException">The vault cannot be read.</exception>
    public static async Task<SnapshotProof> ProveAsync(
        IVault vault, string name, IReadOnlyCollection<AgeIdentity> identities, string workFolder, CancellationToken ct)
    {
        var faults = new ConcurrentQueue<SnapshotFaultException>();
        OpenedSnapshot snapshot;
        try
        {
            snapshot = await SnapshotReader.OpenAsync(vault, name, identities, ct).ConfigureAwait(false);
        }
        catch (SnapshotFaultException fault)
        {
            return new SnapshotProof(name, null, null, 0, 0, 0, 0, [fault]);
        }
        using var held = snapshot;
        var (records, referred) = await ProveRepoAsync(snapshot, workFolder, faults, ct).ConfigureAwait(false);
        var blobs = await ProveBlobsAsync(snapshot, referred, faults, ct).ConfigureAwait(false);
        return new SnapshotProof(
            name, snapshot.Manifest, snapshot.Signature, records, blobs.Good, blobs.Bytes, blobs.Absent,
            [.. InOrder(faults, name)]);
    }

    private static async Task<(long Records, HashSet<Cid>? Referred)> ProveRepoAsync(
        OpenedSnapshot snapshot, string workFolder, ConcurrentQueue<SnapshotFaultException> faults, CancellationToken ct)
    {
        try
        {
            using var repo = await snapshot.OpenRepoAsync(workFolder, ct).ConfigureAwait(false);
            var counts = snapshot.Manifest.Repo.Records;
            if (repo.RecordsByCollection.Count != counts.Count || repo.RecordsByCollection.Any(item => counts.GetValueOrDefault(item.Key) != item.Value))
                faults.Enqueue(Contradiction(snapshot, "the manifest counts other records than the repo holds"));
            return (repo.Records, repo.Blobs.Select(blob => blob.Cid).ToHashSet());
        }
        catch (SnapshotFaultException fault)
        {
            faults.Enqueue(fault);
            return (0, null);
        }
    }

    private static async Task<(long Good, long Bytes, long Absent)> ProveBlobsAsync(
        OpenedSnapshot snapshot, HashSet<Cid>? referred, ConcurrentQueue<SnapshotFaultException> faults, CancellationToken ct)
    {
        long good = 0, bytes = 0, absent = 0;
        var listed = new HashSet<Cid>();
        foreach (var page in snapshot.Manifest.Blobs.Pages)
        {
            IReadOnlyList<BlobEntry> entries;
            try
            {
                entries = await snapshot.ReadPageAsync(page, ct).ConfigureAwait(false);
            }
            catch (SnapshotFaultException fault)
            {
                faults.Enqueue(fault);
                referred = null; // which blobs should be listed can no longer be told
                continue;
            }
            foreach (var entry in entries)
            {
                referred?.Remove(entry.Cid);
                if (!listed.Add(entry.Cid)) faults.Enqueue(Contradiction(snapshot, $"the blob {entry.Cid} is listed twice"));
            }
            absent += entries.Count(entry => entry.Object is null);
            var options = new ParallelOptions { MaxDegreeOfParallelism = BlobsAtOnce, CancellationToken = ct };
            await Parallel.ForEachAsync(entries.Where(entry => entry.Object is not null), options, async (entry, cancel) =>
            {
                if (await ProveBlobAsync(snapshot, entry, faults, cancel).ConfigureAwait(false) is not { } length) return;
                Interlocked.Increment(ref good);
                Interlocked.Add(ref bytes, length);
            }).ConfigureAwait(false);
        }
        if (referred is { Count: > 0 })
            faults.Enqueue(Contradiction(snapshot, $"{referred.Count} blobs that records refer to are in no list, such as {referred.First()}"));
        return (good, bytes, absent);
    }

    /// <summary>A pack that is damaged or lost is one fault, however many blobs it takes along.</summary>
    private static IEnumerable<SnapshotFaultException> InOrder(IEnumerable<SnapshotFaultException> faults, string manifest) =>
        faults.GroupBy(fault => fault.ObjectName).OrderBy(group => group.Key, StringComparer.Ordinal)
            .SelectMany(group => group.Key == manifest ? group : group.Take(1));

    private static async Task<long?> ProveBlobAsync(
        OpenedSnapshot snapshot, BlobEntry entry, ConcurrentQueue<SnapshotFaultException> faults, CancellationToken ct)
    {
        var name = BackupLayout.Absolute(snapshot.AccountId, entry.Object!.Name);
        try
        {
            await using var content = (CheckedBlobStream)await snapshot.OpenBlobAsync(entry, ct).ConfigureAwait(false);
            await content.DrainAsync(ct).ConfigureAwait(false);
            return content.BytesRead;
        }
        catch (SnapshotFaultException fault)
        {
            faults.Enqueue(fault);
        }
        catch (BlobMismatchException fault)
        {
            faults.Enqueue(new SnapshotFaultException(SnapshotFault.Damaged, name, "it holds other bytes than its CID names", fault));
        }
        return null;
    }

    private static SnapshotFaultException Contradiction(OpenedSnapshot snapshot, string detail) =>
        new(SnapshotFault.Contradiction, snapshot.Name, detail);
}

/// <summary>What opening a snapshot proved.</summary>
/// <param name="Name">Full name of its manifest.</param>
/// <param name="Manifest">Null when it did not open.</param>
/// <param name="Signature">Who signed it.</param>
/// <param name="Records">Records proven.</param>
/// <param name="Blobs">Blobs proven.</param>
/// <param name="BlobBytes">Their bytes.</param>
/// <param name="Absent">Blobs that are named as absent from the source.</param>
/// <param name="Faults">Everything that is wrong, by object.</param>
public sealed record SnapshotProof(
    string Name, SnapshotManifest? Manifest, ManifestSignature? Signature, long Records, long Blobs, long BlobBytes, long Absent,
    IReadOnlyList<SnapshotFaultException> Faults)
{
    /// <summary>Nothing is wrong. (Blobs that the source did not have are named, and are no fault of the snapshot.)</summary>
    public bool IsWhole => Faults.Count == 0;
}
