using Migrator.Jobs.Migrations;

namespace Migrator.Jobs.Snapshots;

/// <summary>
/// Lets a signed-in person look into snapshots with a key that they give for a while. Keys live in the memory of this process only, for
/// one browser session, and are wiped when it ends, when they were not used for half an hour, or after two hours.
/// </summary>
/// <remarks><c>session</c> is any text that only this browser session has; only its hash is kept.</remarks>
public interface ISnapshotBrowser
{
    /// <summary>Takes a private key, <c>AGE-SECRET-KEY-1…</c>, or a whole identity file.</summary>
    ServiceResult<KeyLease> GiveKey(string owner, string session, string? text);

    /// <summary>Null: no key was given, or its time is over.</summary>
    KeyLease? FindKey(string owner, string session);

    /// <summary>Wipes the session's keys and closes what was opened with them.</summary>
    void Forget(string owner, string session);

    /// <summary>The same for all sessions of the owner.</summary>
    void ForgetAll(string owner);

    /// <summary>
    /// Opens a snapshot, or takes the one that is open still; dispose the result. Invalid where the key does not fit or is missing;
    /// unavailable where the vault cannot be read or the snapshot is damaged.
    /// </summary>
    Task<ServiceResult<BrowsedSnapshot>> OpenAsync(string owner, string session, string snapshotId, CancellationToken ct);
}

/// <param name="Until">When the key is wiped if it is not used; each use moves this on, up to two hours after it was given.</param>
public sealed record KeyLease(DateTimeOffset Until);
