using Migrator.Core.AtProto.Net;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>One request to a remote service, of XRPC or not, with the limits on its answer. Immutable; may be sent again.</summary>
public sealed record XrpcCall(HttpMethod Method, Uri Url, string Name)
{
    public const int DefaultMaxReplyBytes = 1 << 20;

    /// <summary>Makes the body for one sending. Null for a request without a body.</summary>
    public Func<HttpContent>? Body { get; init; }

    /// <summary>False when the body is a stream that can be read only once.</summary>
    public bool CanReplay { get; init; } = true;

    /// <summary>
    /// True when the body carries a code of its own, whose refusals have the same names (<c>ExpiredToken</c>) as those of the session.
    /// </summary>
    public bool CarriesCode { get; init; }

    /// <summary>
    /// True when the call changes nothing, so that it may be tried a few times when the network stumbles. A call that changes something
    /// is sent once: only the caller knows how to look whether it took effect.
    /// </summary>
    public bool IsSafe { get; init; }

    /// <summary>Largest body of the answer, in bytes, when it is read whole.</summary>
    public int MaxReplyBytes { get; init; } = DefaultMaxReplyBytes;

    /// <summary>Longest wait for the answer's headers; null for the usual one.</summary>
    public TimeSpan? ReplyTimeout { get; init; }

    /// <summary>The rate limit that this call counts in, when the service has one for it alone; empty for the common one.</summary>
    public string Bucket { get; init; } = "";

    public HostLane Lane { get; init; } = HostLane.Calls;

    /// <summary>The value of the <c>Accept</c> header.</summary>
    public string Accept { get; init; } = "application/json";

    /// <summary>Sent as <c>Authorization: Bearer</c>. A secret.</summary>
    internal string? Bearer { get; init; }

    /// <summary>
    /// How many redirects from https to https are followed, without the authorization. Only where the protocol asks for it.
    /// </summary>
    public int MaxRedirects { get; init; }

    /// <summary>Scheme, host and port.</summary>
    public Uri Service => new(Url.GetLeftPart(UriPartial.Authority));

    /// <summary>A plain GET.</summary>
    public static XrpcCall Get(Uri url, string name) => new(HttpMethod.Get, url, name) { IsSafe = true };

    /// <summary>An XRPC query; parameters that are null are left out.</summary>
    public static XrpcCall Query(Uri service, string nsid, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new System.Text.StringBuilder();
        foreach (var (name, value) in parameters)
        {
            if (value is null) continue;
            query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        return Get(new Uri(service, $"/xrpc/{nsid}{query}"), nsid);
    }

    /// <summary>An XRPC procedure.</summary>
    public static XrpcCall Procedure(Uri service, string nsid, Func<HttpContent>? body = null) =>
        new(HttpMethod.Post, new Uri(service, $"/xrpc/{nsid}"), nsid) { Body = body };

    /// <summary>Names no parameter and no token.</summary>
    public override string ToString() => $"{Name} at {Url.Authority}";
}
