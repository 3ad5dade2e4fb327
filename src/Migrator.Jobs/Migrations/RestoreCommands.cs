namespace Migrator.Jobs.Migrations;

// What a person can ask for in a restore. Records with a secret in them do not print it.

/// <param name="Path">Full path on the machine that runs Migrator.</param>
public sealed record AddFiles(string? Path);

/// <param name="Password">Signs in there, so that an account that is switched off can be read too; null: it is asked as anybody.</param>
/// <param name="Code">The code that the server mailed, if it asks for one.</param>
public sealed record AddOldServer(string? Password = null, string? Code = null)
{
    public override string ToString() => nameof(AddOldServer);
}

/// <summary>Where a vault is: one that this instance knows, a folder, or a bucket.</summary>
/// <param name="VaultId">Of a vault in the settings; then nothing else is needed.</param>
/// <param name="Folder">Full path on the machine that runs Migrator.</param>
public sealed record VaultInput(
    string? VaultId = null, string? Folder = null, string? Endpoint = null, string? Region = null, string? Bucket = null,
    string? Prefix = null,
    bool PathStyle = true, string? AccessKey = null, string? SecretKey = null)
{
    internal bool IsBucket =>
        string.IsNullOrEmpty(VaultId) && string.IsNullOrWhiteSpace(Folder) && (Endpoint ?? Bucket ?? AccessKey) is not null;

    public override string ToString() => nameof(VaultInput);
}

/// <param name="Key">The age identity: <c>AGE-SECRET-KEY-1…</c>, or an identity file with several.</param>
public sealed record LookIntoVault(VaultInput? Vault, string? Key)
{
    public override string ToString() => nameof(LookIntoVault);
}

/// <param name="Snapshot">Full name of the manifest, as the vault's contents name it; null: chosen by <paramref name="AsOf"/>.</param>
/// <param name="AsOf">The newest snapshot taken up to this time; null: the newest of all.</param>
public sealed record AddSnapshot(VaultInput? Vault, string? Key, string? Snapshot = null, DateTimeOffset? AsOf = null)
{
    public override string ToString() => nameof(AddSnapshot);
}

/// <param name="SourceId">Null or empty: whichever has the newest records.</param>
public sealed record ChooseRecords(string? SourceId);

/// <summary>What a vault holds, newest first.</summary>
/// <param name="Unreadable">Snapshots that did not open with this key, or are damaged.</param>
public sealed record VaultContents(string Vault, IReadOnlyList<FoundAccount> Accounts, IReadOnlyList<UnreadableSnapshot> Unreadable);

public sealed record FoundAccount(string Did, string? Handle, IReadOnlyList<SnapshotLine> Snapshots);

/// <param name="MissingBlobs">Blobs that the snapshot itself says it lacks.</param>
public sealed record SnapshotLine(string Name, DateTimeOffset TakenAt, long Records, long Blobs, long MissingBlobs, bool Preferences);

public sealed record UnreadableSnapshot(string Name, DateTimeOffset TakenAt, string Why);

/// <param name="PrivateKey">64 hex digits (K-256) or multibase (either curve); then Migrator signs.</param>
/// <param name="DidKey">Instead of it, the public half: then each operation is signed elsewhere.</param>
public sealed record GiveRotationKey(string? PrivateKey, string? DidKey)
{
    public override string ToString() => nameof(GiveRotationKey);
}

/// <summary>Which key was meant, before it is used.</summary>
public sealed record RotationKeyName(string DidKey, string Curve);

/// <param name="HostIsHostile">The old server's keys leave the identity with the first operation.</param>
/// <param name="DropKeys">did:keys that leave; null: those that Migrator takes for the old server's.</param>
public sealed record ChooseKeys(bool HostIsHostile, IReadOnlyList<string>? DropKeys);

/// <param name="ForkFrom">CID of the last good operation; empty or null: all operations count.</param>
public sealed record DecideLog(string? ForkFrom);

/// <param name="TypedHandle">The handle (or DID) typed out by hand: the person means this account.</param>
public sealed record GiveRestoreGo(string? TypedHandle);

/// <param name="Operation">The signed operation as JSON text.</param>
public sealed record GiveOperation(string? Operation);
