namespace Migrator.Jobs.Migrations;

// What a person can ask for in a restore. Records with a secret in them do not print it.

/// <param name="Path">Full path on the machine that runs Migrator.</param>
public sealed record AddFiles(string? Path);

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
