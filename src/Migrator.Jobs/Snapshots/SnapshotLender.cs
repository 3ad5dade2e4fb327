using Microsoft.Extensions.Options;
using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Snapshots;

/// <inheritdoc cref="ISnapshotLender"/>
internal sealed class SnapshotLender(SessionKeys sessionKeys, IBackupService backups, OpenVaults vaults, IOptions<StorageOptions> storage) : ISnapshotLender
{
    private const string KeyField = nameof(SnapshotKey.PrivateKey);
    private const int LongestKey = 16_384;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public async Task<ServiceResult<LentSnapshot>> LendAsync(string owner, SnapshotKey key, string snapshotId, CancellationToken ct)
    {
        var found = await backups.GetSnapshotAsync(owner, snapshotId, ct);
        if (found.Value is not { } view)
            return new ServiceResult<LentSnapshot>(found.Outcome, null, found.Problems);
        if (KeysOf(owner, key) is not { } keys)
        {
            return ServiceResult<LentSnapshot>.Invalid(KeyField, string.IsNullOrEmpty(key.PrivateKey)
                ? "Give the private key first, or once more: its time is over."
                : "This is not a private key. It begins with AGE-SECRET-KEY-1.");
        }

        var lent = false;
        IVault? vault = null;
        try
        {
            vault = (await vaults.FindAsync(owner, view.VaultId, ct))?.Vault;
            if (vault is null)
                return ServiceResult<LentSnapshot>.NotFound("The place of this snapshot is not known here any more.");
            var snapshot = await SnapshotReader.OpenAsync(vault, view.ObjectName, [.. keys], ct);
            // Beside the folders of looks: what a crash leaves there is removed with theirs.
            var folder = Path.Combine(Path.GetFullPath(storage.Value.Data), "browse", Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(folder, OwnerOnly);
            lent = true;
            return ServiceResult<LentSnapshot>.Ok(new LentSnapshot(snapshot, vault, keys, folder));
        }
        catch (SnapshotFaultException fault) when (fault.Fault == SnapshotFault.WrongKey)
        {
            return ServiceResult<LentSnapshot>.Invalid(KeyField, "This key does not open this snapshot: it was sealed to another one.");
        }
        catch (SnapshotFaultException fault)
        {
            return ServiceResult<LentSnapshot>.Unavailable("", $"The snapshot cannot be opened. {fault.Message}");
        }
        catch (VaultException fault)
        {
            return ServiceResult<LentSnapshot>.Unavailable("", $"The place of the backups cannot be read. {fault.Message}");
        }
        finally
        {
            if (!lent)
            {
                foreach (var one in keys)
                    one.Dispose();
                if (vault is not null)
                    await vault.DisposeAsync();
            }
        }
    }

    private IReadOnlyList<AgeIdentity>? KeysOf(string owner, SnapshotKey key)
    {
        if (string.IsNullOrEmpty(key.PrivateKey))
            return key.Session is null ? null : sessionKeys.Copy(SessionKeys.NameOf(owner, key.Session));
        return key.PrivateKey.Length <= LongestKey && AgeIdentity.TryParseFile(key.PrivateKey, out var keys) ? keys : null;
    }
}
