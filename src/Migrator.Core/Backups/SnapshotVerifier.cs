using System.Buffers;
using System.Security.Cryptography;
using Migrator.Core.Age;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>
/// Looks at what is stored, without being asked for a restore first. What is found to be damaged or missing is noted object by object; the
/// next backup stores anew what the source still has.
/// </summary>
public sealed class SnapshotVerifier(IBackupIndex index, TimeProvider time)
{
    /// <summary>What is noted of an object or a manifest that is not there.</summary>
    public const string NotThere = "it is not in the vault";

    private const int GroupCount = 64;
    private const long GroupBytes = 64 << 20;
    private const int AtOnce = 4;
    private const int PieceSize = 1 << 17;

    /// <summary>Is every object and manifest of a folder there, with its size? Costs one listing, reads nothing.</summary>
    public async Task<VerifyPass> CheckPresentAsync(AccountFolder folder, BackupVault target, CancellationToken ct)
    {
        try
        {
            await VaultMarker.ConfirmAsync(target.Vault, target.Id, ct).ConfigureAwait(false);
            var there = new Dictionary<string, long>(StringComparer.Ordinal);
            await foreach (var item in target.Vault.ListAsync(BackupLayout.FolderOf(folder.AccountId), ct).ConfigureAwait(false))
                there[item.Name] = item.Length;
            var checks = new List<ObjectCheck>();
            var bad = new List<ObjectCheck>();
            var items = await ListAsync(folder, ct).ConfigureAwait(false);
            foreach (var item in items)
            {
                var check = !there.TryGetValue(item.Name, out var length) ? Missing(item, VerifyDepth.Present)
                    : length != item.Length ? Damaged(item, VerifyDepth.Present, $"it has {length} bytes instead of {item.Length}")
                    : null;
                if (check is not null) bad.Add(check);
                else if (item.WasMissing)
                    checks.Add(new ObjectCheck(item.Name, ObjectHealth.Good, VerifyDepth.Present, time.GetUtcNow(), null));
            }
            if (bad.Count + checks.Count > 0) await index.MarkCheckedAsync(folder.AccountId, [.. bad, .. checks], ct).ConfigureAwait(false);
            return new VerifyPass(null, items.Count, 0, bad, null);
        }
        catch (VaultException trouble)
        {
            return new VerifyPass(null, 0, 0, [], trouble);
        }
    }

    /// <summary>Reads stored bytes and hashes them, from where the last pass ended and as far as the budget goes. Needs no key.</summary>
    /// <param name="folder">Whose objects.</param>
    /// <param name="target">Where they are.</param>
    /// <param name="cursor">From <see cref="VerifyPass.NextCursor"/>; null to begin anew.</param>
    /// <param name="budget">What the pass may take.</param>
    /// <param name="ct">Stops it; what was looked at is noted.</param>
    public async Task<VerifyPass> CheckStoredAsync(
        AccountFolder folder, BackupVault target, string? cursor, VerifyBudget budget, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var (notes, bad) = (new List<ObjectCheck>(), new List<ObjectCheck>());
        var (objects, bytes) = (0, 0L);
        string? last = null;
        try
        {
            await VaultMarker.ConfirmAsync(target.Vault, target.Id, ct).ConfigureAwait(false);
            var items = (await ListAsync(folder, ct).ConfigureAwait(false))
                .FindAll(item => cursor is null || string.CompareOrdinal(item.Name, cursor) > 0);
            while (objects < items.Count)
            {
                var isOver = time.GetElapsedTime(started) >= budget.Time || bytes >= budget.Bytes;
                if (isOver && objects > 0) return new VerifyPass(last, objects, bytes, bad, null);
                var group = TakeGroup(items, objects, budget.Bytes - bytes ?? long.MaxValue);
                notes.AddRange(await HashAsync(group, target.Vault, ct).ConfigureAwait(false));
                bad.AddRange(notes.Where(check => check.Health != ObjectHealth.Good));
                (last, objects, bytes) = (group[^1].Name, objects + group.Count, bytes + group.Sum(item => item.Length));
                await NoteAsync(folder, notes).ConfigureAwait(false);
            }
            return new VerifyPass(null, objects, bytes, bad, null);
        }
        catch (VaultException trouble)
        {
            return new VerifyPass(last ?? cursor, objects, bytes, bad, trouble);
        }
    }

    /// <summary>Opens one snapshot with the key and proves everything in it, and notes what was found.</summary>
    /// <param name="target">Where it is.</param>
    /// <param name="name">Full name of its manifest.</param>
    /// <param name="identities">The key; not kept.</param>
    /// <param name="workFolder">Exists; takes the unsealed repo. The caller empties it.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="VaultException">The vault cannot be read.</exception>
    public async Task<SnapshotProof> CheckOpenedAsync(
        BackupVault target, string name, IReadOnlyCollection<AgeIdentity> identities, string workFolder, CancellationToken ct)
    {
        await VaultMarker.ConfirmAsync(target.Vault, target.Id, ct).ConfigureAwait(false);
        var proof = await SnapshotProver.ProveAsync(target.Vault, name, identities, workFolder, ct).ConfigureAwait(false);
        if (!BackupLayout.TryReadSnapshotName(name, out var accountId, out _))
            throw new ArgumentException("Not the name of a snapshot.", nameof(name));
        var now = time.GetUtcNow();
        // A wrong key says nothing about the stored bytes.
        var bad = proof.Faults.Where(fault => fault.Fault is SnapshotFault.Damaged or SnapshotFault.Missing)
            .Select(fault => new ObjectCheck(
                fault.ObjectName, fault.Fault == SnapshotFault.Missing ? ObjectHealth.Missing : ObjectHealth.Damaged,
                VerifyDepth.Opened, now, fault.Detail))
            .ToList();
        if (bad.Count > 0) await index.MarkCheckedAsync(accountId, bad, ct).ConfigureAwait(false);
        if (proof.IsWhole) await index.MarkOpenedAsync(accountId, name, now, ct).ConfigureAwait(false);
        return proof;
    }

    private async Task NoteAsync(AccountFolder folder, List<ObjectCheck> notes)
    {
        if (notes.Count == 0) return;
        await index.MarkCheckedAsync(folder.AccountId, [.. notes], CancellationToken.None).ConfigureAwait(false);
        notes.Clear();
    }

    private async Task<List<Item>> ListAsync(AccountFolder folder, CancellationToken ct)
    {
        var objects = await index.ListObjectsAsync(folder.AccountId, ct).ConfigureAwait(false);
        var snapshots = await index.ListSnapshotsAsync(folder.AccountId, ct).ConfigureAwait(false);
        var items = objects.Where(item => item.Health != ObjectHealth.Deleting)
            .Select(item => new Item(item.Name, item.Length, item.Sha256, item.Health == ObjectHealth.Missing))
            .Concat(snapshots.Where(snapshot => snapshot is { Stage: not SnapshotStage.Writing, ManifestSha256: not null })
                .Select(snapshot => new Item(
                    snapshot.Name, snapshot.ManifestLength, snapshot.ManifestSha256!, snapshot.IsManifestMissing)));
        return [.. items.OrderBy(item => item.Name, StringComparer.Ordinal)];
    }

    /// <summary>
    /// The next items, as many as are looked at before a note is taken: not more than the bytes that are left, but at least one.
    /// </summary>
    private static List<Item> TakeGroup(List<Item> items, int from, long bytesLeft)
    {
        var group = new List<Item>();
        var most = Math.Min(bytesLeft, GroupBytes);
        for (var bytes = 0L; from < items.Count && group.Count < GroupCount && (group.Count == 0 || bytes < most); from++)
        {
            group.Add(items[from]);
            bytes += items[from].Length;
        }
        return group;
    }

    private async Task<ObjectCheck[]> HashAsync(List<Item> group, IVault vault, CancellationToken ct)
    {
        var checks = new ObjectCheck[group.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForAsync(0, group.Count, options, async (i, cancel) =>
        {
            checks[i] = await HashAsync(group[i], vault, cancel).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return checks;
    }

    private async Task<ObjectCheck> HashAsync(Item item, IVault vault, CancellationToken ct)
    {
        try
        {
            var stored = await vault.OpenAsync(item.Name, ct).ConfigureAwait(false);
            await using (stored.ConfigureAwait(false))
            {
                return await HashAsync(stored, ct).ConfigureAwait(false) == item.Sha256
                    ? new ObjectCheck(item.Name, ObjectHealth.Good, VerifyDepth.Stored, time.GetUtcNow(), null)
                    : Damaged(item, VerifyDepth.Stored, "its stored bytes are not those that were stored");
            }
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.NotFound)
        {
            return Missing(item, VerifyDepth.Stored);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.Corrupted)
        {
            return Damaged(item, VerifyDepth.Stored, fault.Message);
        }
    }

    private static async Task<string> HashAsync(Stream stored, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            int count;
            while ((count = await stored.ReadAsync(piece.AsMemory(0, PieceSize), ct).ConfigureAwait(false)) > 0)
                hash.AppendData(piece, 0, count);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private ObjectCheck Missing(Item item, VerifyDepth depth) =>
        new(item.Name, ObjectHealth.Missing, depth, time.GetUtcNow(), NotThere);

    private ObjectCheck Damaged(Item item, VerifyDepth depth, string reason) =>
        new(item.Name, ObjectHealth.Damaged, depth, time.GetUtcNow(), reason);

    private readonly record struct Item(string Name, long Length, string Sha256, bool WasMissing);
}
