namespace Migrator.Core.Migrations;

/// <summary>Why a migration stands still.</summary>
public enum HoldCause
{
    /// <summary>A server asked for time, or is in trouble: goes on by itself at <see cref="Hold.Until"/>.</summary>
    Waiting,

    /// <summary>The person pressed Pause.</summary>
    PausedByUser,

    /// <summary>The old server no longer accepts the stored session: sign in again.</summary>
    SourceSignIn,

    /// <summary>The new server no longer accepts the stored session: sign in again.</summary>
    TargetSignIn,

    /// <summary>Handle, e-mail, password or invite code were refused by the new server.</summary>
    TargetAccount,

    /// <summary>The target server cannot take this account as it is (import limit, blob limit, already active there).</summary>
    TargetLimits,

    /// <summary>Blobs that the old server lost: named, and copied around only with consent.</summary>
    MissingBlobs,

    /// <summary>All is copied; the person says when.</summary>
    Go,

    /// <summary>A recovery key must be brought or made first.</summary>
    RecoveryKey,

    /// <summary>The code that the old server mailed.</summary>
    PlcCode,

    /// <summary>What the old server signed is not what was asked of it; nothing was sent.</summary>
    WrongSignature,

    /// <summary>Someone else changed the identity in the meantime.</summary>
    IdentityMoved,

    /// <summary>Old and new account differ.</summary>
    Parity,

    /// <summary>A server kept failing until the tries were spent: "try again" starts afresh.</summary>
    ServerTrouble,

    /// <summary>The preflight found something that must be put right first.</summary>
    Preflight,

    /// <summary>The disk is full, a file cannot be written: on the side of this machine.</summary>
    LocalTrouble,

    /// <summary>The person edits did.json of a did:web identity themselves.</summary>
    DidWebDocument,

    /// <summary>A restore needs a rotation key that may sign: none was given, or it does not stand in the identity.</summary>
    RotationKey,

    /// <summary>Somebody changed the identity in the last 72 hours: the person says whether that counts.</summary>
    IdentityLog,

    /// <summary>The person signs an operation with their own tool and hands it in.</summary>
    SignElsewhere,

    /// <summary>What a restore is to be made from cannot be read, or holds no whole repo.</summary>
    Sources,
}

/// <summary>
/// A standstill with its reason in words: what happened and on whose side, what is safe, what to do next.
/// Held causes other than <see cref="HoldCause.Waiting"/> end when the person acts.
/// </summary>
/// <param name="Tries">The <see cref="MigrationRequest.Tries"/> it was made at; a higher number lifts it.</param>
/// <param name="Until">When it goes on, or looks again, by itself; null where only the person can change anything.</param>
/// <param name="Details">Lines to list under the message: blob CIDs with the posts that use them, differences of an operation.</param>
public sealed record Hold(
    HoldCause Cause,
    string Message,
    string WhatIsSafe,
    string WhatToDo,
    DateTimeOffset Since,
    int Tries,
    DateTimeOffset? Until = null,
    IReadOnlyList<string>? Details = null)
{
    public bool NeedsThePerson => Cause != HoldCause.Waiting;
}
