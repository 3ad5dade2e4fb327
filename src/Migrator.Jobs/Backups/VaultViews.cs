namespace Migrator.Jobs.Backups;

/// <param name="Kind"><c>file</c> or <c>s3</c>.</param>
/// <param name="Where">The folder, or bucket@host; never credentials.</param>
/// <param name="Bytes">What this Migrator has stored there, by its own books.</param>
/// <param name="PlanNames">Plans that write to it; while there are any it cannot be removed.</param>
/// <param name="Trial">The newest test; null before the first.</param>
public sealed record VaultView(
    string Id,
    string Name,
    string Kind,
    string Where,
    long Objects,
    long Bytes,
    int Accounts,
    IReadOnlyList<string> PlanNames,
    VaultTrialView? Trial,
    DateTimeOffset CreatedAt);

/// <param name="Works">Written, read back equal, listed and deleted.</param>
/// <param name="Message">What was found, or what went wrong and what to do.</param>
/// <param name="WritesOnce">The store itself refuses to overwrite (If-None-Match). False: Migrator looks first.</param>
/// <param name="ObjectLock">The bucket can keep objects from being deleted.</param>
public sealed record VaultTrialView(bool Works, string Message, bool WritesOnce, bool ObjectLock, DateTimeOffset At);

/// <param name="Recipient">The public half, <c>age1…</c>.</param>
/// <param name="Made">Made here; false: brought.</param>
/// <param name="ProvenAt">When the person showed that they hold the private half.</param>
/// <param name="Usable">A made key must be proven first; a brought one need not be.</param>
public sealed record BackupKeyView(
    string Id,
    string Name,
    string Recipient,
    bool Made,
    bool Usable,
    DateTimeOffset? ProvenAt,
    IReadOnlyList<string> PlanNames,
    DateTimeOffset CreatedAt);

/// <summary>Shown once. <see cref="PrivateKey"/> is <c>AGE-SECRET-KEY-1…</c>, as <c>age-keygen</c> writes it.</summary>
public sealed record BackupKeyKit(BackupKeyView Key, string PrivateKey)
{
    public override string ToString() => nameof(BackupKeyKit);
}

/// <param name="Armored">An age file in text form; <c>age -d -i key.txt</c> prints the code.</param>
public sealed record KeyChallenge(string Armored, DateTimeOffset ValidUntil);
