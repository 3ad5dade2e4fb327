using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Makes clients for a PDS. They are cheap: make one where it is needed.</summary>
public sealed class PdsClientFactory(XrpcClient client, IOptions<NetworkOptions> options, TimeProvider time, ILogger<PdsClient> log)
{
    private readonly SessionGates _gates = new();

    /// <summary>A client that says nothing about who asks.</summary>
    public PdsClient Anonymous(Uri pds) => new(pds, client, null, options.Value);

    /// <summary>A client that acts for the account whose tokens are in the vault, and keeps them fresh.</summary>
    public PdsClient WithSession(Uri pds, ISessionVault vault) =>
        new(pds, client, new SessionKeeper(pds, vault, _gates, client, time, log), options.Value);
}
