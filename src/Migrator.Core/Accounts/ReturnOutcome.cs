using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>What came back. It may be run again with a new preview: what is there already is then not in it.</summary>
/// <param name="Returned">Created, each with the same CID as before.</param>
/// <param name="Refused">Not created, each with the reason for a person.</param>
/// <param name="Left">Not tried, because of <paramref name="Stopped"/>.</param>
/// <param name="Stopped">Why it ended early: the server asked to wait (<see cref="XrpcError.RetryAt"/>), is away, or the session ended.</param>
public sealed record ReturnOutcome(long Returned, IReadOnlyList<NotReturned> Refused, long Left, XrpcError? Stopped)
{
    public bool IsWhole => Refused.Count == 0 && Left == 0;
}

/// <summary>A record that could not be brought back, and why.</summary>
public sealed record NotReturned(RepoRecord Record, string Reason);
