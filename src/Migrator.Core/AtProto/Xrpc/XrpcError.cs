namespace Migrator.Core.AtProto.Xrpc;

/// <summary>A remote call that did not succeed.</summary>
/// <param name="Failure">What kind of failure, by what can be done about it.</param>
/// <param name="Status">The HTTP status, or 0 when no answer came.</param>
/// <param name="Name">The protocol's name of the error (<c>ExpiredToken</c>, <c>RepoNotFound</c>), if the server gave one.</param>
/// <param name="Message">The server's words, cut and cleaned of control characters and tokens; or our own when it said nothing.</param>
/// <param name="RetryAt">Earliest time to ask again, if the server named one.</param>
/// <param name="Service">The server: scheme, host and port.</param>
/// <param name="Nsid">The method called, or a short name for a call outside XRPC.</param>
public sealed record XrpcError(
    XrpcFailure Failure, int Status, string? Name, string Message, DateTimeOffset? RetryAt, Uri Service, string Nsid)
{
    /// <summary>True when the same call may succeed a little later.</summary>
    public bool IsTransient => Failure is XrpcFailure.ServerTrouble or XrpcFailure.Unreachable or XrpcFailure.TimedOut;

    /// <summary>True for the protocol error of this name.</summary>
    public bool Is(string name) => Name == name;

    public override string ToString() => $"{Nsid} at {Service.Authority}: {Failure} {Status} {Name}: {Message}";
}
