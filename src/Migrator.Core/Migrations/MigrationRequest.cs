using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations;

/// <summary>
/// What the person wants: one of the two documents of a migration. Only the person's side (pages and API) writes it;
/// the runner reads it. The runner's own document is <see cref="MigrationProgress"/>. Two writers, two documents:
/// neither ever overwrites the other. Secrets are not in here (<see cref="ISecretStore"/>).
/// </summary>
public sealed record MigrationRequest
{
    /// <summary>Format of this document.</summary>
    public int Version { get; init; } = 1;

    public required Did Did { get; init; }

    public MigrationKind Kind => Restore is null ? MigrationKind.Move : MigrationKind.Restore;

    /// <summary>What only a restore asks for; null for a move.</summary>
    public RestoreRequest? Restore { get; init; }

    /// <summary>The handle as both directions confirmed it, or null where there is none.</summary>
    public Handle? SourceHandle { get; init; }

    public required Uri SourcePds { get; init; }

    public DateTimeOffset? SignedInSourceAt { get; init; }

    public TargetServer? Target { get; init; }

    public TargetAccount? NewAccount { get; init; }

    public RecoveryKey? RecoveryKey { get; init; }

    /// <summary>Set when the person checked the answers and pressed Start; the job begins then.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Blobs the old server lost and the person agrees to go on without, by name.</summary>
    public IReadOnlyList<Cid> AcceptedMissing { get; init; } = [];

    public Go? Go { get; init; }

    /// <summary>
    /// How many mailed codes were handed in; the newest is a secret. Higher than <see cref="CutoverFacts.CodesTried"/>: one is to be tried.
    /// </summary>
    public int CodesGiven { get; init; }

    /// <summary>How often a fresh code was asked for by hand.</summary>
    public int CodesAsked { get; init; }

    public Wish Wish { get; init; } = Wish.Run;

    /// <summary>
    /// Grows with every act of the person that may lift a hold (signed in again, code given, "try again").
    /// A hold remembers the number it was made at: a counter, because two machines' clocks cannot be compared.
    /// </summary>
    public int Tries { get; init; }

    /// <summary>Set when the person asked for the way back.</summary>
    public DateTimeOffset? WayBackAt { get; init; }
}

/// <summary>Which list of steps a migration follows (<see cref="MigrationPlan"/>).</summary>
public enum MigrationKind
{
    /// <summary>From a living server.</summary>
    Move,

    /// <summary>From what was kept of the account; the old server is gone or not to be trusted.</summary>
    Restore,
}

/// <param name="ServiceDid">The server's DID as its describeServer says; the audience of service tokens, verbatim.</param>
public sealed record TargetServer(
    Uri Pds, string ServiceDid, IReadOnlyList<string> HandleDomains, bool InviteCodeRequired, long? BlobUploadLimit);

/// <summary>The account to be made on the new server. Its password and invite code are secrets and kept apart.</summary>
public sealed record TargetAccount(Handle Handle, string Email, bool InviteCodeGiven);

public enum RecoveryKeyOrigin
{
    /// <summary>The person has it already and gave its did:key.</summary>
    Brought,

    /// <summary>Made here, shown once, not kept.</summary>
    Made,
}

/// <param name="DidKey">The public half, <c>did:key:z…</c>; it goes above every server's key.</param>
/// <param name="ProvenAt">When the person showed that they hold the private half; a made key counts only from then on.</param>
public sealed record RecoveryKey(string DidKey, RecoveryKeyOrigin Origin, DateTimeOffset? ProvenAt)
{
    public bool IsReady => Origin == RecoveryKeyOrigin.Brought || ProvenAt is not null;
}

public enum SigningWay
{
    /// <summary>The old server signs, with a code that it mails.</summary>
    MailedCode,

    /// <summary>
    /// The person's own rotation key signs; it must stand in the identity already. Held sealed until the operation is signed.
    /// </summary>
    OwnRotationKey,
}

/// <summary>The person's go for the cut-over.</summary>
/// <param name="Number">1 for the first; a cut-over that had to be taken back needs a new one.</param>
public sealed record Go(int Number, DateTimeOffset At, SigningWay SignWith);

public enum Wish
{
    Run,
    Pause,
    Cancel,
}
