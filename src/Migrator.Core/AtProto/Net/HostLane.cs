namespace Migrator.Core.AtProto.Net;

/// <summary>
/// What a connection is used for. Each kind has its own places at a host, so that transfers that hold all of theirs can never keep a
/// small call (a token refresh, say) or a transfer in the other direction from going on.
/// </summary>
public enum HostLane
{
    Calls,
    Downloads,
    Uploads,
}
