using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using BlobEntry = Migrator.Core.Backups.BlobEntry;

namespace Migrator.Core.Drills;

/// <summary>The first half of a drill: everything in the snapshot opened with the key and proven where it lies.</summary>
/// <param name="Snapshot">Null when it does not open.</param>
internal sealed record FilesProof(OpenedSnapshot? Snapshot, DrillCounts Counts, IReadOnlyList<DrillFinding> Findings)
{
    /// <param name="order">Which snapshot.</param>
    /// <param name="folder">Exists, and is empty; takes the unsealed repo.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="Vaults.VaultException">The vault cannot be read.</exception>
    public static async Task<FilesProof> MakeAsync(DrillOrder order, string folder, CancellationToken ct)
    {
        var proof = await SnapshotProver.ProveAsync(order.Vault, order.Snapshot, order.Identities, folder, ct).ConfigureAwait(false);
        if (proof.Manifest is not { } manifest)
            return new FilesProof(null, DrillCounts.None, [.. proof.Faults.Select(DrillFindings.OfSnapshot)]);
        var total = manifest.Repo.Records.Values.Sum();
        var counts = new DrillCounts(proof.Records, total, proof.Blobs, manifest.Blobs.Count, manifest.Blobs.Absent, proof.BlobBytes);
        var snapshot = await SnapshotReader.OpenAsync(order.Vault, order.Snapshot, order.Identities, ct).ConfigureAwait(false);
        var findings = new List<DrillFinding>();
        if (proof.Signature is { IsGood: false })
        {
            const string text = "The signature of the snapshot is not good: it was put together by somebody else than Migrator.";
            findings.Add(new DrillFinding(DrillFindingKind.Contradiction, text, Object: order.Snapshot));
        }
        if (!proof.IsWhole) findings.AddRange(await NameAsync(snapshot, proof, folder, ct).ConfigureAwait(false));
        return new FilesProof(snapshot, counts, findings);
    }

    /// <summary>
    /// The proof names objects; a person wants to know which picture of which post. So where something is wrong, each blob is looked at
    /// once more by itself.
    /// </summary>
    private static async Task<List<DrillFinding>> NameAsync(
        OpenedSnapshot snapshot, SnapshotProof proof, string folder, CancellationToken ct)
    {
        var paths = await PathsAsync(snapshot, folder, ct).ConfigureAwait(false);
        var findings = new List<DrillFinding>();
        var named = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await foreach (var blob in snapshot.ListBlobsAsync(ct).ConfigureAwait(false))
            {
                if (blob.Object is null || await FaultOfAsync(snapshot, blob, ct).ConfigureAwait(false) is not { } fault) continue;
                named.Add(fault.ObjectName);
                findings.Add(DrillFindings.OfBlob(blob, paths.GetValueOrDefault(blob.Cid), fault));
            }
        }
        catch (SnapshotFaultException)
        {
            // A page of the list does not open: that is among the faults of the proof, and what stands in it cannot be named.
        }
        findings.InsertRange(0, proof.Faults.Where(fault => !named.Contains(fault.ObjectName)).Select(DrillFindings.OfSnapshot));
        return findings;
    }

    private static async Task<Dictionary<Cid, string>> PathsAsync(OpenedSnapshot snapshot, string folder, CancellationToken ct)
    {
        try
        {
            using var repo = await snapshot.OpenRepoAsync(folder, ct).ConfigureAwait(false);
            return repo.Blobs.ToDictionary(blob => blob.Cid, blob => blob.FirstPath);
        }
        catch (SnapshotFaultException)
        {
            return []; // as above: the proof has found it already
        }
    }

    private static async Task<SnapshotFaultException?> FaultOfAsync(OpenedSnapshot snapshot, BlobEntry blob, CancellationToken ct)
    {
        try
        {
            var content = await snapshot.OpenBlobAsync(blob, ct).ConfigureAwait(false);
            await using (content.ConfigureAwait(false)) await content.CopyToAsync(Stream.Null, ct).ConfigureAwait(false);
            return null;
        }
        catch (SnapshotFaultException fault)
        {
            return fault;
        }
        catch (BlobMismatchException fault)
        {
            return new SnapshotFaultException(SnapshotFault.Damaged, snapshot.Name, fault.Message, fault);
        }
    }
}
