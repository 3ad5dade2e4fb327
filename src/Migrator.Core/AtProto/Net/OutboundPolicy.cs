using System.Diagnostics.CodeAnalysis;
using System.Net;
using Microsoft.Extensions.Options;

namespace Migrator.Core.AtProto.Net;

/// <summary>Decides which URLs may be called and which addresses may be connected to.</summary>
public sealed class OutboundPolicy
{
    private readonly PrivateHostRule[] _rules;

    public OutboundPolicy(IOptions<NetworkOptions> options)
    {
        var rules = new List<PrivateHostRule>();
        foreach (var text in options.Value.AllowPrivate)
        {
            if (PrivateHostRule.TryParse(text, out var rule)) rules.Add(rule);
        }
        _rules = [.. rules];
    }

    /// <summary>
    /// Is this a URL that we would call at all? https anywhere, http only at hosts that the operator listed, never with a user name
    /// or password inside. The address is judged later, when it is known: <see cref="AllowsAddress"/>.
    /// </summary>
    public bool AllowsUrl([NotNullWhen(true)] Uri? url, out string reason)
    {
        if (url is null || !url.IsAbsoluteUri || url.Host.Length == 0)
            return Refuse("it is not a full web address", out reason);
        if (url.UserInfo.Length > 0)
            return Refuse("it holds a user name or password", out reason);
        if (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && IsListed(url.IdnHost, url.Port)))
        {
            reason = "";
            return true;
        }
        return Refuse(url.Scheme == Uri.UriSchemeHttp ? "it is not encrypted (http)" : "it is not an https address", out reason);
    }

    /// <summary>True when the operator listed this host and port in <see cref="NetworkOptions.AllowPrivate"/>.</summary>
    public bool IsListed(string host, int port)
    {
        host = host.Trim('[', ']');
        foreach (var rule in _rules)
        {
            if (rule.NamesHost(host, port)) return true;
        }
        return false;
    }

    /// <summary>May a connection that was asked for as <paramref name="host"/> go to this address?</summary>
    public bool AllowsAddress(string host, int port, IPAddress address)
    {
        if (AddressRules.IsPublic(address) || IsListed(host, port)) return true;
        foreach (var rule in _rules)
        {
            if (rule.FreesAddress(address)) return true;
        }
        return false;
    }

    private static bool Refuse(string why, out string reason)
    {
        reason = why;
        return false;
    }
}
