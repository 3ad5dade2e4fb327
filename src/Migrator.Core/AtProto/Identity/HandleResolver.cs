using System.Buffers.Text;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Identity;

/// <summary>
/// Finds the DID of a handle: a DNS record, which counts first, or a file on the handle's own host, both asked at the same time; then the
/// servers of <see cref="IdentityOptions.HandleResolvers"/>. The answer is a claim until the DID's document names the handle too.
/// </summary>
public sealed class HandleResolver(XrpcClient client, PdsClientFactory servers, IOptions<IdentityOptions> options, TimeProvider time)
{
    private const int MaxDnsNameLength = 253;
    private const int MaxWellKnownBytes = 4096;
    private const int MaxRedirects = 3;

    public async Task<HandleAnswer> ResolveAsync(Handle handle, CancellationToken cancel)
    {
        if (handle.IsDisallowedTld) return HandleAnswer.NotFound(handle);
        using var limit = new LookupLimit(options.Value, time, cancel);
        try
        {
            return await AskAllAsync(handle, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (limit.RanOut && !cancel.IsCancellationRequested)
        {
            return HandleAnswer.Unreachable(handle, "nobody answered in time.");
        }
    }

    private async Task<HandleAnswer> AskAllAsync(Handle handle, CancellationToken cancel)
    {
        var answers = new List<HandleAnswer>();
        if (!handle.ToString().EndsWith(".test", StringComparison.Ordinal))
        {
            var (dns, host) = await AskDnsAndHostAsync(handle, cancel).ConfigureAwait(false);
            if (dns.Outcome == HandleOutcome.Found) return dns;
            if (host.Outcome == HandleOutcome.Found) return host;
            answers.AddRange([dns, host]);
        }
        foreach (var server in options.Value.HandleResolvers)
        {
            var answer = await AskServerAsync(handle, new Uri(server), cancel).ConfigureAwait(false);
            if (answer.Outcome == HandleOutcome.Found) return answer;
            answers.Add(answer);
        }
        return answers.Find(answer => answer.Outcome == HandleOutcome.Ambiguous)
            ?? answers.Find(answer => answer.Outcome == HandleOutcome.Unreachable)
            ?? HandleAnswer.NotFound(handle);
    }

    private async Task<(HandleAnswer Dns, HandleAnswer Host)> AskDnsAndHostAsync(Handle handle, CancellationToken cancel)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var host = AskHostAsync(handle, enough.Token);
        try
        {
            var dns = await AskDnsAsync(handle, cancel).ConfigureAwait(false);
            return (dns, dns.Outcome == HandleOutcome.Found ? dns : await host.ConfigureAwait(false));
        }
        finally
        {
            // Without use by now, or awaited above: nobody waits for it any longer, and it must not outlive its token.
            await enough.CancelAsync().ConfigureAwait(false);
            await ((Task)host).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<HandleAnswer> AskDnsAsync(Handle handle, CancellationToken cancel)
    {
        var name = $"_atproto.{handle}";
        if (options.Value.DohUrl.Length == 0 || name.Length > MaxDnsNameLength) return HandleAnswer.NotFound(handle);
        var separator = options.Value.DohUrl.Contains('?') ? '&' : '?';
        var url = new Uri($"{options.Value.DohUrl}{separator}dns={Base64Url.EncodeToString(DnsTxtQuery.Write(name))}");
        var call = XrpcCall.Get(url, "DNS") with { Accept = "application/dns-message", MaxReplyBytes = 64 * 1024 };
        var reply = await client.ReadAsync(call, cancel).ConfigureAwait(false);
        if (!reply.TryGetValue(out var message, out var error)) return HandleAnswer.Unreachable(handle, error.Message);
        if (!DnsTxtQuery.TryRead(message.Body, out var texts)) return HandleAnswer.Unreachable(handle, "the DNS answered with a failure.");
        const string prefix = "did=";
        var claims = texts.FindAll(text => text.StartsWith(prefix, StringComparison.Ordinal));
        if (claims.Count > 1) return HandleAnswer.Ambiguous(handle);
        return claims.Count == 1 && Did.TryParse(claims[0].AsSpan(prefix.Length), out var did)
            ? HandleAnswer.Found(did)
            : HandleAnswer.NotFound(handle);
    }

    private async Task<HandleAnswer> AskHostAsync(Handle handle, CancellationToken cancel)
    {
        var call = XrpcCall.Get(new Uri($"https://{handle}/.well-known/atproto-did"), "atproto-did") with
        {
            Accept = "text/plain",
            MaxReplyBytes = MaxWellKnownBytes,
            MaxRedirects = MaxRedirects,
        };
        var reply = await client.ReadAsync(call, cancel).ConfigureAwait(false);
        if (!reply.TryGetValue(out var file, out var error))
        {
            // Most handles have no web host at all, so that nothing answers there says little.
            return error.Failure is XrpcFailure.ServerTrouble or XrpcFailure.TimedOut or XrpcFailure.Throttled
                ? HandleAnswer.Unreachable(handle, error.Message)
                : HandleAnswer.NotFound(handle);
        }
        var text = System.Text.Encoding.UTF8.GetString(file.Body).AsSpan();
        var end = text.IndexOfAny('\r', '\n');
        return Did.TryParse((end < 0 ? text : text[..end]).Trim(), out var did) ? HandleAnswer.Found(did) : HandleAnswer.NotFound(handle);
    }

    private async Task<HandleAnswer> AskServerAsync(Handle handle, Uri server, CancellationToken cancel)
    {
        var answer = await servers.Anonymous(server).ResolveHandleAsync(handle, cancel).ConfigureAwait(false);
        if (answer.TryGetValue(out var did, out var error)) return HandleAnswer.Found(did);
        return error.Failure == XrpcFailure.Refused ? HandleAnswer.NotFound(handle) : HandleAnswer.Unreachable(handle, error.Message);
    }
}
