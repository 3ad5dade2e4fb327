namespace Migrator.Core.AtProto.Net;

/// <summary>Refuses a URL that the policy does not allow before a name is even looked up.</summary>
internal sealed class OutboundUrlHandler(OutboundPolicy policy) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!policy.AllowsUrl(request.RequestUri, out var reason))
            throw new BlockedAddressException(request.RequestUri?.Host ?? "an empty address", reason);
        return base.SendAsync(request, cancellationToken);
    }
}
