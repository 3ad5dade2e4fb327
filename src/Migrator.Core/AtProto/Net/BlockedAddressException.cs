namespace Migrator.Core.AtProto.Net;

/// <summary>
/// A call was stopped before a packet left: the URL or the address behind the name is not one we call. The message is neutral about
/// what stands behind the name, so that nobody can map a private network by asking.
/// </summary>
public sealed class BlockedAddressException(string host, string reason)
    : IOException($"Calls to {host} are not allowed: {reason}.")
{
    public string Host { get; } = host;
}
