using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Sends calls through the guarded HTTP client and turns every answer, or the lack of one, into an <see cref="XrpcResult{T}"/>.
/// Safe calls are tried a few times; nothing else is. It never sleeps through a rate limit: while a host asks for patience, calls
/// come back as <see cref="XrpcFailure.Throttled"/> at once, without a packet sent. Knows nothing of sessions.
/// </summary>
public sealed class XrpcClient(
    IHttpClientFactory http, HostGovernor governor, IOptions<NetworkOptions> options, TimeProvider time, ILogger<XrpcClient> log)
{
    // The same field twice would let two readers see two answers.
    private static readonly JsonDocumentOptions StrictJson = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    private readonly XrpcSender _sender = new(http, governor, options.Value, time);

    /// <summary>Reads a JSON answer; <paramref name="read"/> takes what it needs and the first fault makes the answer unreadable.</summary>
    public async Task<XrpcResult<T>> ReadJsonAsync<T>(XrpcCall call, Func<ReplyReader, T> read, CancellationToken cancel)
    {
        var reply = await ReadAsync(call, cancel).ConfigureAwait(false);
        if (!reply.TryGetValue(out var body, out var error)) return error;
        try
        {
            using var json = JsonDocument.Parse(body.Body, StrictJson);
            var reader = new ReplyReader(json.RootElement);
            var value = reader.Fault is null ? read(reader) : default;
            return reader.Fault is { } fault ? XrpcErrorFactory.Unreadable(call, fault) : XrpcResult.Ok(value!);
        }
        catch (JsonException)
        {
            return XrpcErrorFactory.Unreadable(call, body.MediaType is "text/html" ? "it is a web page, not data" : "it is not JSON");
        }
    }

    /// <summary>Sends a call whose answer says nothing beyond its success; a body, if there is one, is thrown away.</summary>
    public async Task<XrpcResult<Nothing>> SendAsync(XrpcCall call, CancellationToken cancel)
    {
        var reply = await ReadAsync(call, cancel).ConfigureAwait(false);
        return reply.IsOk ? XrpcResult.Done : reply.Error;
    }

    /// <summary>Reads a small answer whole, whatever it holds.</summary>
    public Task<XrpcResult<XrpcReply>> ReadAsync(XrpcCall call, CancellationToken cancel) =>
        TryAsync(call, (again, token) => _sender.ReadAsync(again, token), cancel);

    /// <summary>Opens a large answer; once it is open, nothing is tried again.</summary>
    public Task<XrpcResult<XrpcStream>> OpenAsync(XrpcCall call, long maxBytes, CancellationToken cancel) =>
        TryAsync(call, (again, token) => _sender.OpenAsync(again, maxBytes, token), cancel);

    private async Task<XrpcResult<T>> TryAsync<T>(
        XrpcCall call, Func<XrpcCall, CancellationToken, Task<XrpcResult<T>>> send, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var result = await send(call, cancel).ConfigureAwait(false);
            if (result.IsOk || !call.IsSafe || !result.Error.IsTransient || attempt >= options.Value.SafeAttempts) return result;
            var pause = options.Value.RetryDelay * Math.Pow(2, attempt - 1) * (1 + (Random.Shared.NextDouble() / 2));
            // A server that names a later time is taken at its word: waiting is the caller's to arrange.
            if (result.Error.RetryAt is { } later && later > time.GetUtcNow() + pause) return result;
            log.TryingAgain(call.Name, call.Url.Authority, result.Error.Failure, result.Error.Status, attempt);
            await Task.Delay(pause, time, cancel).ConfigureAwait(false);
        }
    }
}
