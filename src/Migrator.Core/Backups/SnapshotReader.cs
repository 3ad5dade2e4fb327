using System.Runtime.CompilerServices;
using Migrator.Core.Age;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>
/// Reads snapshots with nothing but a vault and a key: no database, no settings, no network. What it gives was opened and follows the
/// format; whether repo and blobs are whole shows when they are opened.
/// </summary>
public static class SnapshotReader
{
    /// <summary>The names of all snapshots in a vault, by their place and time; nothing is opened. No order.</summary>
    public static async IAsyncEnumerable<SnapshotName> ListNamesAsync(IVault vault, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var found in vault.ListAsync(BackupLayout.Root, ct).ConfigureAwait(false))
        {
            if (BackupLayout.TryReadSnapshotName(found.Name, out var accountId, out var takenAt))
                yield return new SnapshotName(found.Name, accountId, takenAt);
        }
    }

    /// <summary>
    /// Every snapshot in the vault, opened as far as its manifest, newest first. Those that do not open are in the list too, with the
    /// reason: another person's in a shared vault (<see cref="SnapshotFault.WrongKey"/>) or damaged ones.
    /// </summary>
    public static async Task<IReadOnlyList<FoundSnapshot>> ListAsync(
        IVault vault, IReadOnlyCollection<AgeIdentity> identities, CancellationToken ct)
    {
        var names = new List<SnapshotName>();
        await foreach (var name in ListNamesAsync(vault, ct).ConfigureAwait(false)) names.Add(name);
        var found = new List<FoundSnapshot>();
        foreach (var name in names.OrderByDescending(name => name.TakenAt).ThenBy(name => name.Name, StringComparer.Ordinal))
        {
            try
            {
                var opened = await OpenAsync(vault, name.Name, identities, ct).ConfigureAwait(false);
                found.Add(new FoundSnapshot(name, opened.Manifest, opened.Signature, null));
            }
            catch (SnapshotFaultException fault)
            {
                found.Add(new FoundSnapshot(name, null, null, fault));
            }
        }
        return found;
    }

    /// <summary>Opens one snapshot by the full name of its manifest.</summary>
    /// <exception cref="SnapshotFaultException">Not sealed to the key, damaged, missing, not of this format.</exception>
    /// <exception cref="VaultException">The vault cannot be read.</exception>
    /// <exception cref="ArgumentException">Not the name of a manifest.</exception>
    public static async Task<OpenedSnapshot> OpenAsync(
        IVault vault, string name, IReadOnlyCollection<AgeIdentity> identities, CancellationToken ct)
    {
        if (!BackupLayout.TryReadSnapshotName(name, out var accountId, out _)) throw new ArgumentException("Not the name of a snapshot.", nameof(name));
        var reader = new SealedReader(vault, identities);
        var bytes = await reader.ReadAsync(name, null, ManifestFile.MaxLength, ct).ConfigureAwait(false);
        var (manifest, signature) = ManifestFile.Read(bytes, name, accountId);
        return new OpenedSnapshot(reader, name, accountId, manifest, signature);
    }
}

/// <summary>A snapshot as its name shows it.</summary>
/// <param name="Name">Full name of the manifest in the vault.</param>
/// <param name="AccountId">The folder: snapshots with the same one are of the same account.</param>
/// <param name="TakenAt">To the second.</param>
public sealed record SnapshotName(string Name, string AccountId, DateTimeOffset TakenAt);

/// <summary>A snapshot in a vault that was never seen before.</summary>
/// <param name="Name">Where it is.</param>
/// <param name="Manifest">What it is; null when it does not open.</param>
/// <param name="Signature">Who signed it; null when it does not open.</param>
/// <param name="Problem">Why it does not open.</param>
public sealed record FoundSnapshot(
    SnapshotName Name, SnapshotManifest? Manifest, ManifestSignature? Signature, SnapshotFaultException? Problem);
