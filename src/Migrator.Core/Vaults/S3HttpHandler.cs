using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Vaults;

/// <summary>
/// The limits of a call to a store, which the AWS library does not set: how long each phase may last, and how large an answer may be.
/// Answers other than an object are XML and are read whole, up to <see cref="MaxAnswerBytes"/>; an object stays a stream.
/// </summary>
internal sealed class S3HttpHandler(IOptions<NetworkOptions> options, TimeProvider time) : DelegatingHandler
{
    private const int MaxAnswerBytes = 8 << 20;

    // Putting the parts of a large object together may take a store minutes.
    private static readonly TimeSpan CompleteTimeout = TimeSpan.FromMinutes(10);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var query = request.RequestUri?.Query ?? "";
        var completes = request.Method == HttpMethod.Post && query.Contains("uploadId=", StringComparison.Ordinal);
        using var watch = new CallWatch(options.Value, completes ? CompleteTimeout : null, time, cancellationToken);
        if (request.Content is { } content) request.Content = new WatchedContent(content, watch);
        try
        {
            var response = await base.SendAsync(request, watch.Token).ConfigureAwait(false);
            // Of all that is asked for with GET only an object has no question mark after its address.
            if (response.IsSuccessStatusCode && request.Method == HttpMethod.Get && query.Length <= 1) BoundPauses(response);
            else if (request.Method != HttpMethod.Head) await ReadWholeAsync(response, watch).ConfigureAwait(false);
            return response;
        }
        catch (OperationCanceledException) when (watch.RanOut && !cancellationToken.IsCancellationRequested)
        {
            throw new NetworkLimitException(NetworkLimit.Idle, $"The store did not {watch.Phase} in time.");
        }
    }

    private void BoundPauses(HttpResponseMessage response)
    {
        var body = response.Content.ReadAsStream();
        Replace(response, new StreamContent(new BoundedStream(body, StreamLimits.From(options.Value, long.MaxValue), time)));
    }

    private static async Task ReadWholeAsync(HttpResponseMessage response, CallWatch watch)
    {
        watch.StartReadingBody();
        await response.Content.LoadIntoBufferAsync(MaxAnswerBytes, watch.Token).ConfigureAwait(false);
    }

    private static void Replace(HttpResponseMessage response, HttpContent content)
    {
        foreach (var header in response.Content.Headers) content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        response.Content = content;
    }
}
