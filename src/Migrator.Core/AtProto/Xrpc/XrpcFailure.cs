namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Why a remote call gave no answer that can be used, by what the caller can do about it.</summary>
public enum XrpcFailure
{
    /// <summary>The server understood and said no; <see cref="XrpcError.Name"/> tells why. Asking again changes nothing.</summary>
    Refused,

    /// <summary>The server asks for patience: not before <see cref="XrpcError.RetryAt"/>.</summary>
    Throttled,

    /// <summary>The server failed (5xx). May pass.</summary>
    ServerTrouble,

    /// <summary>No connection, or it broke before the answer was whole. May pass.</summary>
    Unreachable,

    /// <summary>Connecting, the answer's beginning or the next byte took too long. May pass.</summary>
    TimedOut,

    /// <summary>An answer came but is not what the protocol says, or is too large.</summary>
    Unreadable,

    /// <summary>We do not call such addresses; see <see cref="Net.OutboundPolicy"/>.</summary>
    BlockedAddress,

    /// <summary>The sign-in is over; the person has to sign in again.</summary>
    SessionLost,
}
