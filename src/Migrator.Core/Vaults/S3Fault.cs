namespace Migrator.Core.Vaults;

/// <summary>A fault of a call to a store, and what to do about it.</summary>
/// <param name="Exception">What the caller of the vault is told.</param>
/// <param name="Code">For the log: the store's error code, or <c>network</c>.</param>
internal sealed record S3Fault(VaultException Exception, string Code)
{
    /// <summary>Passing trouble: the same call may work in a moment.</summary>
    public bool MayHelpToTryAgain { get; init; }

    /// <summary>The call may have been carried out although no good answer came.</summary>
    public bool OutcomeUnknown { get; init; }

    /// <summary>The time that the store named, if it did.</summary>
    public DateTimeOffset? WaitUntil { get; init; }
}
