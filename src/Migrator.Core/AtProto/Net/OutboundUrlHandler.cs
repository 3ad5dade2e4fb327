using System.Net.Sockets;

namespace Migrator.Core.AtProto.Net;

/// <summary>
/// Refuses a URL that the policy does not allow before a name is even looked up, and lets a connection that broke be told by one kind of
/// exception.
/// </summary>
internal sealed class OutboundUrlHandler(OutboundPolicy policy) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!policy.AllowsUrl(request.RequestUri, out var reason))
            throw new BlockedAddressException(request.RequestUri?.Host ?? "an empty address", reason);
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException gone)
        {
            // A server that resets a connection in the moment in which it is made: the framework asks the socket for its peer and lets
            // that exception out as it is (seen with .NET 10).
            throw new HttpRequestException(HttpRequestError.ConnectionError, gone.Message, gone);
        }
    }
}
