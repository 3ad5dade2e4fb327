using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// Talks to the directory of did:plc identities. It is asked for whole logs only, and every log is replayed from its first operation, so
/// that nothing has to be believed.
/// </summary>
/// <param name="client">Sends.</param>
/// <param name="options">Which directory.</param>
/// <param name="time">For limits.</param>
/// <param name="anchor">Only in a drill; see there.</param>
/// <exception cref="ArgumentException">The anchor is for another directory.</exception>
public sealed class PlcClient(XrpcClient client, IOptions<PlcOptions> options, TimeProvider time, PlcDrillAnchor? anchor = null)
{
    private const int MaxLogBytes = 4 << 20;
    private const string ReadName = "plc.audit";
    private const string WriteName = "plc.submit";
    private static readonly JsonDocumentOptions StrictJson = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private readonly PlcDrillAnchor? _anchor = anchor is null || anchor.Directory == options.Value.Url
        ? anchor
        : throw new ArgumentException("The anchor of a drill is believed from the drill's own directory only.", nameof(anchor));

    /// <summary>Scheme, host and port of the directory.</summary>
    public Uri Directory { get; } = options.Value.Url;

    /// <summary>Fetches and replays the audit log of an identity.</summary>
    /// <returns>
    /// Refused with <see cref="PlcErrorNames.DidNotFound"/> for a DID that was never registered (an ended one has a history);
    /// Unreadable with <see cref="PlcErrorNames.BadLog"/> for a log that breaks the rules.
    /// </returns>
    /// <exception cref="ArgumentException">Not a did:plc.</exception>
    public async Task<XrpcResult<PlcHistory>> GetHistoryAsync(Did did, CancellationToken cancel)
    {
        var call = XrpcCall.Get(Address(did, "/log/audit"), ReadName) with { MaxReplyBytes = MaxLogBytes };
        var reply = await client.ReadAsync(call, cancel).ConfigureAwait(false);
        if (!reply.TryGetValue(out var body, out var error))
            return IsNotFound(error) ? error with { Name = PlcErrorNames.DidNotFound } : error;
        try
        {
            using var json = JsonDocument.Parse(body.Body, StrictJson);
            return XrpcResult.Ok(PlcAuditLog.Replay(did, json.RootElement, _anchor));
        }
        catch (JsonException)
        {
            return XrpcErrorFactory.Unreadable(call, "it is not JSON") with { Name = PlcErrorNames.BadLog };
        }
        catch (PlcFaultException fault)
        {
            return XrpcErrorFactory.Unreadable(call, fault.Message.TrimEnd('.')) with { Name = PlcErrorNames.BadLog };
        }
    }

    /// <summary>
    /// Sends an operation, once. The answer is not proof: a lost one may mean yes, and InvalidSignature may mean that it was accepted
    /// before. Success is that <see cref="PlcHistory.Head"/> has the operation's CID.
    /// </summary>
    /// <returns>
    /// Throttled, with the time from which there is room again; Refused with a name of <see cref="PlcErrorNames"/>, or without one and with
    /// the directory's words.
    /// </returns>
    /// <exception cref="ArgumentException">Not a did:plc.</exception>
    public async Task<XrpcResult<Nothing>> SubmitAsync(Did did, SignedPlcOperation operation, CancellationToken cancel)
    {
        var call = new XrpcCall(HttpMethod.Post, Address(did, ""), WriteName) { Body = JsonBody.Of(operation.ToJson()) };
        var result = await client.SendAsync(call, cancel).ConfigureAwait(false);
        if (result.IsOk || result.Error.Failure != XrpcFailure.Refused) return result;

        var error = result.Error;
        if (PlcRateLimit.Find(error.Message) is { } limit)
        {
            var history = await GetHistoryAsync(did, cancel).ConfigureAwait(false);
            var retryAt = limit.RetryAt(history.IsOk ? history.Value : null, time.GetUtcNow());
            return error with { Failure = XrpcFailure.Throttled, RetryAt = retryAt };
        }
        return error with { Name = NameOf(error) };
    }

    private static string? NameOf(XrpcError error)
    {
        if (error.Status == (int)HttpStatusCode.Conflict || Says("not correctly ordered") || Says("does not match the most recent"))
            return PlcErrorNames.Conflict;
        if (Says("invalid signature")) return PlcErrorNames.InvalidSignature;
        if (Says("recovery window")) return PlcErrorNames.RecoveryTooLate;
        return IsNotFound(error) ? PlcErrorNames.DidNotFound : error.Name;

        bool Says(string words) => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsNotFound(XrpcError error) => error.Status is (int)HttpStatusCode.NotFound or (int)HttpStatusCode.Gone;

    private Uri Address(Did did, string rest) => did.IsPlc
        ? new Uri(Directory, $"/{did}{rest}")
        : throw new ArgumentException("Only did:plc identities are in this directory.", nameof(did));
}
