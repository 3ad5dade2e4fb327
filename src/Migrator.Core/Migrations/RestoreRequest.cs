using System.Text.Json;
using Migrator.Core.Vaults;

namespace Migrator.Core.Migrations;

/// <summary>The part of a request that only a restore has. Keys are secrets and kept apart; here are only their public halves.</summary>
public sealed record RestoreRequest
{
    /// <summary>Where the account is put together from; several at once, in the order in which they are looked through.</summary>
    public IReadOnlyList<RestoreSource> Sources { get; init; } = [];

    /// <summary>
    /// The source (id) that the records are from, "as it was on Tuesday"; the others only give what it lacks. Null: whichever has the
    /// newest.
    /// </summary>
    public string? RecordsFrom { get; init; }

    /// <summary>The did:key of the rotation key that will sign; null until it was given.</summary>
    public string? RotationKey { get; init; }

    public RestoreSigning Signing { get; init; }

    /// <summary>
    /// The old server must not be able to answer: its keys leave the identity with the first operation instead of the last.
    /// </summary>
    public bool HostIsHostile { get; init; }

    /// <summary>Rotation keys (did:key) that leave the identity; null: those that Migrator takes for the old server's.</summary>
    public IReadOnlyList<string>? DropKeys { get; init; }

    /// <summary>What the person said about the newest changes in the identity's log.</summary>
    public LogDecision? Log { get; init; }

    /// <summary>How many signed operations were handed in.</summary>
    public int OperationsGiven { get; init; }

    /// <summary>The newest one, as it was pasted; checked by the step that asked for it.</summary>
    public JsonElement? GivenOperation { get; init; }
}

public enum RestoreSigning
{
    /// <summary>Migrator holds the rotation key, sealed, until the restore has ended.</summary>
    KeyHeldHere,

    /// <summary>The key is never given: each operation is shown, signed with the person's own tool and handed in.</summary>
    Elsewhere,
}

public enum RestoreSourceKind
{
    /// <summary>
    /// A file, an archive (zip, tar, tar.gz) or a folder on the machine that runs Migrator: CAR files, blobs, preferences.json.
    /// </summary>
    Files,

    /// <summary>A snapshot in a vault.</summary>
    Snapshot,

    /// <summary>The old server, if it still answers.</summary>
    OldServer,
}

/// <param name="Id">Short and stable: names the source in commands.</param>
/// <param name="Name">For the person: a file's name, a vault and a time, a server.</param>
/// <param name="Location">Files: a full path, or <c>upload:</c> and a name in the migration's workspace.</param>
/// <param name="Snapshot">Only for a snapshot.</param>
public sealed record RestoreSource(string Id, RestoreSourceKind Kind, string Name, string? Location = null, SnapshotPlace? Snapshot = null)
{
    public const string Upload = "upload:";
}

/// <summary>Where a snapshot is.</summary>
/// <param name="VaultId">A vault that this instance knows; or null with <paramref name="Settings"/>.</param>
/// <param name="Settings">A vault that this instance need not know. What opens it, if anything, is a secret and kept apart.</param>
/// <param name="Snapshot">Full name of the snapshot's manifest in the vault.</param>
public sealed record SnapshotPlace(string? VaultId, VaultSettings? Settings, string Snapshot);

/// <param name="Head">The newest operation (CID) when the person looked: a newer one is shown again.</param>
/// <param name="ForkFrom">The last good operation (CID), from which all that follows is overruled; null: all of it counts.</param>
public sealed record LogDecision(string Head, string? ForkFrom);
