namespace Migrator.Jobs.Drills;

// What a person can ask for. Pages and API bind these same records. Records with a secret in them do not print it.

/// <param name="Account">Id of the account among the backups.</param>
/// <param name="PrivateKey">
/// <c>AGE-SECRET-KEY-1…</c> or a whole identity file: held in memory until this drill is over. Empty: the key that this session gave
/// already, or the one that is kept here.
/// </param>
public sealed record StartDrill(string? Account, string? PrivateKey = null)
{
    public override string ToString() => nameof(StartDrill);
}

/// <param name="PrivateKey"><c>AGE-SECRET-KEY-1…</c> or a whole identity file. It is kept sealed, so that drills run by themselves.</param>
public sealed record EscrowKey(string? PrivateKey)
{
    public override string ToString() => nameof(EscrowKey);
}

/// <param name="Every"><c>off</c>, <c>weekly</c> or <c>monthly</c>.</param>
public sealed record SetDrillSchedule(DrillEvery? Every);
