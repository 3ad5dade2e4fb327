namespace Migrator.Core.Vaults;

/// <summary>Something went wrong at a vault. The message is one for people: what happened, where, and what can be done.</summary>
/// <remarks>Never holds credentials, nor words of the store beyond its error code.</remarks>
public sealed class VaultException(VaultFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public VaultFault Fault { get; } = fault;

    /// <summary>With <see cref="VaultFault.Throttled"/>: the time before which another try is of no use.</summary>
    public DateTimeOffset? RetryAt { get; init; }
}
