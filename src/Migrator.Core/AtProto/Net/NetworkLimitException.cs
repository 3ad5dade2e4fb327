namespace Migrator.Core.AtProto.Net;

/// <summary>Which limit an answer broke.</summary>
public enum NetworkLimit
{
    /// <summary>More bytes than the caller's cap.</summary>
    TooManyBytes,

    /// <summary>Nothing came for too long.</summary>
    Idle,

    /// <summary>Bytes kept coming, but slower than the least rate.</summary>
    TooSlow,
}

/// <summary>A stranger's answer was cut off because it broke a limit.</summary>
public sealed class NetworkLimitException(NetworkLimit limit, string message) : IOException(message)
{
    public NetworkLimit Limit { get; } = limit;
}
