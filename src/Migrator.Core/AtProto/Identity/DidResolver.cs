using System.Text.Json;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Identity;

/// <summary>
/// Fetches DID documents: <c>did:plc</c> from the directory, <c>did:web</c> from its host. Nothing is cached: whoever moves an account
/// needs what holds now.
/// </summary>
public sealed class DidResolver(XrpcClient client, IOptions<PlcOptions> plc, IOptions<IdentityOptions> identity, TimeProvider time)
{
    internal const int MaxDocumentBytes = 64 * 1024;

    /// <summary>
    /// The document. A DID that the directory or host does not have is <see cref="XrpcFailure.Refused"/> with status 404 (or 410, or 404
    /// and <see cref="IsTombstone"/>, when it was ended for good); one of another method is <c>Refused</c> with status 0.
    /// </summary>
    public async Task<XrpcResult<DidDocument>> ResolveAsync(Did did, CancellationToken cancel)
    {
        if (!TryGetUrl(did, out var url)) return Unsupported(did);
        var call = XrpcCall.Get(url, $"did:{did.Method}") with
        {
            Accept = "application/did+ld+json, application/json",
            MaxReplyBytes = MaxDocumentBytes,
        };
        using var limit = new LookupLimit(identity.Value, time, cancel);
        try
        {
            return await client.ReadJsonAsync(call, reply => Read(did, reply), limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.RanOut && !cancel.IsCancellationRequested)
        {
            var message = $"{url.Host} took too long to give the document.";
            return new XrpcError(XrpcFailure.TimedOut, 0, null, message, null, call.Service, call.Name);
        }
    }

    /// <summary>
    /// Does this error say that the DID was ended for good? The directory's description names 410; its code answers 404 with these words.
    /// </summary>
    public static bool IsTombstone(XrpcError error) =>
        error.Status == 410 || (error.Status == 404 && error.Message.StartsWith("DID not available", StringComparison.OrdinalIgnoreCase));

    private static DidDocument Read(Did did, ReplyReader reply)
    {
        var document = DidDocument.TryRead(did, reply.Root);
        reply.Expect(document is not null, "the document is not about this DID");
        return document!;
    }

    private bool TryGetUrl(Did did, out Uri url)
    {
        if (did.IsPlc)
        {
            url = new Uri(plc.Value.Url, $"/{did}");
            return true;
        }
        if (did.TryGetWebHost(out var host))
        {
            var isLocal = host == "localhost" || host.StartsWith("localhost:", StringComparison.Ordinal);
            url = new Uri($"{(isLocal ? "http" : "https")}://{host}/.well-known/did.json");
            return true;
        }
        url = plc.Value.Url;
        return false;
    }

    private XrpcError Unsupported(Did did) => new(
        XrpcFailure.Refused, 0, "UnsupportedDidMethod", $"{did} is neither a did:plc nor a did:web that AT Protocol knows.", null,
        plc.Value.Url, $"did:{did.Method}");
}
