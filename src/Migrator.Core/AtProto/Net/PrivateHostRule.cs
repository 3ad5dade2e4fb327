using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Migrator.Core.AtProto.Net;

/// <summary>One entry of <see cref="NetworkOptions.AllowPrivate"/>: a host with a port, a host with any port, or a network.</summary>
internal sealed class PrivateHostRule
{
    private readonly string? _host;
    private readonly int? _port;
    private readonly IPNetwork? _network;

    private PrivateHostRule(string? host, int? port, IPNetwork? network) => (_host, _port, _network) = (host, port, network);

    public static bool TryParse(string? text, [NotNullWhen(true)] out PrivateHostRule? rule)
    {
        rule = null;
        if (string.IsNullOrWhiteSpace(text)) return false;
        if (text.Contains('/'))
        {
            if (!IPNetwork.TryParse(text, out var network)) return false;
            rule = new PrivateHostRule(null, null, network);
            return true;
        }
        var colon = text.LastIndexOf(':');
        if (colon <= 0) return false;
        var host = text[..colon].ToLowerInvariant();
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        if (Uri.CheckHostName(host) is UriHostNameType.Unknown or UriHostNameType.Basic) return false;
        if (host.Contains(':') && text[0] != '[') return false;
        if (IPAddress.TryParse(host, out var address)) host = address.ToString();
        if (text[(colon + 1)..] == "*")
        {
            rule = new PrivateHostRule(host, null, null);
            return true;
        }
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            return false;
        rule = new PrivateHostRule(host, port, null);
        return true;
    }

    /// <summary>Does this entry name the host and port of a URL? A network entry does when the host is an address in it.</summary>
    public bool NamesHost(string host, int port)
    {
        if (_network is { } network) return IPAddress.TryParse(host, out var address) && network.Contains(Plain(address));
        return string.Equals(host, _host, StringComparison.OrdinalIgnoreCase) && (_port is null || _port == port);
    }

    /// <summary>Does this entry free an address that some name resolved to? Only a network entry can.</summary>
    public bool FreesAddress(IPAddress address) => _network is { } network && network.Contains(Plain(address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
