using System.Net.Http.Headers;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>One sending of a call: rate limits before, time limits during, rate limits and errors after.</summary>
internal sealed class XrpcSender(IHttpClientFactory http, HostGovernor governor, NetworkOptions options, TimeProvider time)
{
    private const int MaxErrorBytes = 64 * 1024;

    private const string Packed = "it is compressed, which was not asked for";
    private const long ExpectContinueFrom = 1 << 20;

    /// <summary>How long to stay away from a host that says "too many requests" and no more.</summary>
    private static readonly TimeSpan UnnamedThrottle = TimeSpan.FromSeconds(60);

    /// <summary>The least pause after a refusal, for servers whose window ended in the past by their own account.</summary>
    private static readonly TimeSpan LeastThrottle = TimeSpan.FromSeconds(2);

    public async Task<XrpcResult<XrpcReply>> ReadAsync(XrpcCall call, CancellationToken cancel)
    {
        if (Blocked(call) is { } wait) return wait;
        using var place = await governor.EnterAsync(call.Service, call.Lane, cancel).ConfigureAwait(false);
        if (Blocked(call) is { } waitNow) return waitNow;
        using var watch = new CallWatch(options, call.ReplyTimeout, time, cancel);
        UploadContent? upload = null;
        try
        {
            using var response = await SendAsync(call, watch, content => upload = content).ConfigureAwait(false);
            watch.StartReadingBody();
            return await ReadResponseAsync(call, response, watch).ConfigureAwait(false);
        }
        catch (Exception fault) when (IsOfTheNetwork(fault))
        {
            cancel.ThrowIfCancellationRequested();
            upload?.SourceFault?.Throw();
            return XrpcErrorFactory.FromException(call, fault, watch);
        }
    }

    public async Task<XrpcResult<XrpcStream>> OpenAsync(XrpcCall call, long maxBytes, CancellationToken cancel)
    {
        if (Blocked(call) is { } wait) return wait;
        var place = await governor.EnterAsync(call.Service, call.Lane, cancel).ConfigureAwait(false);
        HttpResponseMessage? response = null;
        var open = false;
        try
        {
            if (Blocked(call) is { } waitNow) return waitNow;
            using var watch = new CallWatch(options, call.ReplyTimeout, time, cancel);
            try
            {
                response = await SendAsync(call, watch, _ => { }).ConfigureAwait(false);
                watch.StartReadingBody();
                if (!response.IsSuccessStatusCode) return (await ReadResponseAsync(call, response, watch).ConfigureAwait(false)).Error;
                if (IsPacked(response)) return XrpcErrorFactory.Unreadable(call, Packed);
                if (response.Content.Headers.ContentLength > maxBytes)
                    return XrpcErrorFactory.Unreadable(call, $"it is larger than {maxBytes:N0} bytes");
                var body = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
                NoteLimits(call, response);
                var bounded = new BoundedStream(body, StreamLimits.From(options, maxBytes), time,
                    fault => new XrpcStreamException(XrpcErrorFactory.FromException(call, fault, null), fault));
                var stream = new XrpcStream(bounded, response.Content.Headers.ContentType?.ToString(),
                    response.Content.Headers.ContentLength, new Both(response, place));
                open = true;
                return XrpcResult.Ok(stream);
            }
            catch (Exception fault) when (IsOfTheNetwork(fault))
            {
                cancel.ThrowIfCancellationRequested();
                return XrpcErrorFactory.FromException(call, fault, watch);
            }
        }
        finally
        {
            if (!open)
            {
                response?.Dispose();
                place.Dispose();
            }
        }
    }

    private async Task<HttpResponseMessage> SendAsync(XrpcCall call, CallWatch watch, Action<UploadContent> noteUpload)
    {
        var url = call.Url;
        for (var redirects = 0; ; redirects++)
        {
            using var request = new HttpRequestMessage(call.Method, url);
            request.Headers.TryAddWithoutValidation("Accept", call.Accept);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
            if (call.Bearer is not null && redirects == 0)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", call.Bearer);
            request.Content = call.Body?.Invoke();
            if (request.Content is UploadContent upload)
            {
                upload.Watch = watch;
                noteUpload(upload);
                // Lets a server refuse the size or the token before the bytes are on their way; a small body is not worth the wait.
                if (upload.Headers.ContentLength is null or > ExpectContinueFrom) request.Headers.ExpectContinue = true;
            }
            var client = http.CreateClient(GuardedHttp.ClientName);
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token).ConfigureAwait(false);
            if (redirects >= call.MaxRedirects || Redirect(url, response) is not { } next) return response;
            response.Dispose();
            url = next;
        }
    }

    private async Task<XrpcResult<XrpcReply>> ReadResponseAsync(XrpcCall call, HttpResponseMessage response, CallWatch watch)
    {
        var ok = response.IsSuccessStatusCode;
        if (ok && IsPacked(response)) return XrpcErrorFactory.Unreadable(call, Packed);
        var most = ok ? call.MaxReplyBytes : MaxErrorBytes;
        var body = await BodyReader.ReadAsync(response, most, cutAtMost: !ok, watch.Token).ConfigureAwait(false);
        if (ok)
        {
            NoteLimits(call, response);
            return body is null
                ? XrpcErrorFactory.Unreadable(call, $"it is larger than {call.MaxReplyBytes:N0} bytes", (int)response.StatusCode)
                : XrpcResult.Ok(new XrpcReply(body, response.Content.Headers.ContentType?.MediaType));
        }
        var retryAt = RateLimitHeaders.ReadResumeAt(response, time.GetUtcNow());
        if ((int)response.StatusCode == 429) retryAt = Block(call, retryAt ?? time.GetUtcNow() + UnnamedThrottle);
        return XrpcErrorFactory.FromStatus(call, response, body, retryAt);
    }

    private XrpcError? Blocked(XrpcCall call) =>
        governor.BlockedUntil(call.Service, call.Bucket) is { } until ? XrpcErrorFactory.Throttled(call, until) : null;

    private DateTimeOffset Block(XrpcCall call, DateTimeOffset until)
    {
        var least = time.GetUtcNow() + LeastThrottle;
        return governor.Block(call.Service, until > least ? until : least, call.Bucket);
    }

    // The last call of a window succeeds; the next one would not, so it is not sent.
    private void NoteLimits(XrpcCall call, HttpResponseMessage response)
    {
        if (!RateLimitHeaders.IsUsedUp(response)) return;
        var now = time.GetUtcNow();
        if (RateLimitHeaders.ReadResumeAt(response, now) is { } until && until > now) governor.Block(call.Service, until, call.Bucket);
    }

    private static Uri? Redirect(Uri from, HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 302 or 303 or 307 or 308
        && response.Headers.Location is { } location
        && Uri.TryCreate(from, location, out var next)
        && (next.Scheme == Uri.UriSchemeHttps || next.Scheme == from.Scheme)
            ? next
            : null;

    private static bool IsPacked(HttpResponseMessage response) =>
        response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase));

    private static bool IsOfTheNetwork(Exception fault) => fault is HttpRequestException or IOException or OperationCanceledException;

    private sealed class Both(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
