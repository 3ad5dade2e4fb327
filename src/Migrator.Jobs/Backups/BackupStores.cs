using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

/// <summary>What the service of backups works with.</summary>
internal sealed record BackupStores(
    Database Database,
    BackupVaultStore Vaults,
    BackupKeyStore Keys,
    BackupPlanStore Plans,
    BackupMemberStore Members,
    BackupAccountReads Accounts,
    SnapshotReads Snapshots,
    FolderStore Folders,
    AlarmStore Alarms,
    SealedSecrets Secrets,
    OpenVaults OpenVaults,
    ServerMembers ServerMembers,
    IVaultFactory VaultFactory,
    IdentityResolver Identities,
    PdsClientFactory Servers,
    IBackupIndex Index);
