using System.Net;
using System.Net.Sockets;

namespace Migrator.Core.AtProto.Net;

/// <summary>
/// Tells addresses of the open internet from all others: loopback, private, shared, link-local, multicast, documentation, reserved,
/// and the IPv6 forms that carry an IPv4 address inside (mapped, NAT64, 6to4, Teredo). Follows the IANA special-purpose registries.
/// </summary>
public static class AddressRules
{
    private static readonly IPNetwork[] NotPublicV4 = Networks(
        "0.0.0.0/8",        // this network
        "10.0.0.0/8",       // private
        "100.64.0.0/10",    // shared by carriers (CGNAT)
        "127.0.0.0/8",      // loopback
        "169.254.0.0/16",   // link-local; cloud metadata services live here
        "172.16.0.0/12",    // private
        "192.0.0.0/24",     // protocol assignments
        "192.0.2.0/24",     // documentation
        "192.31.196.0/24",  // AS112
        "192.52.193.0/24",  // AMT
        "192.88.99.0/24",   // 6to4 relays
        "192.168.0.0/16",   // private
        "192.175.48.0/24",  // AS112
        "198.18.0.0/15",    // benchmarking
        "198.51.100.0/24",  // documentation
        "203.0.113.0/24",   // documentation
        "224.0.0.0/4",      // multicast
        "240.0.0.0/4");     // reserved, broadcast

    // Only 2000::/3 is handed out as global unicast; these are the parts of it that are not the open internet.
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] NotPublicV6 = Networks(
        "2001::/23",        // protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",    // documentation
        "2002::/16",        // 6to4: an IPv4 address inside
        "2620:4f:8000::/48", // AS112
        "3fff::/20");       // documentation

    /// <summary>
    /// True for an address that a stranger may send us to. NAT64 and other translated forms are refused whole: behind them may stand
    /// any IPv4 address, also of a translator that we do not know.
    /// </summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork) return !Contains(NotPublicV4, address);
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        // A zone index would otherwise take the address out of every network it belongs to.
        if (address.ScopeId != 0) return false;
        return GlobalV6.Contains(address) && !Contains(NotPublicV6, address);
    }

    private static bool Contains(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address)) return true;
        }
        return false;
    }

    private static IPNetwork[] Networks(params string[] texts) => Array.ConvertAll(texts, text => IPNetwork.Parse(text));
}
