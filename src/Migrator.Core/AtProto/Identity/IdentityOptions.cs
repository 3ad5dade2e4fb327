namespace Migrator.Core.AtProto.Identity;

/// <summary>How handles and DIDs are looked up. Bound from <c>Migrator:Identity</c>.</summary>
public sealed class IdentityOptions
{
    public const string Section = "Migrator:Identity";

    /// <summary>
    /// The DNS-over-HTTPS server (RFC 8484) that is asked for the TXT records of handles. Empty: handles are looked up without DNS.
    /// </summary>
    /// <value>A public resolver, <c>https://cloudflare-dns.com/dns-query</c>.</value>
    public string DohUrl { get; set; } = "https://cloudflare-dns.com/dns-query";

    /// <summary>
    /// PDSes that are asked with <c>resolveHandle</c> when DNS and HTTPS know nothing of a handle, in this order. Handles under
    /// <c>.test</c>, which the public DNS never has, are asked of these alone.
    /// </summary>
    /// <value>None.</value>
    public IList<string> HandleResolvers { get; } = [];

    /// <summary>The longest that one look-up, of a handle or of a DID, may take in all. 1 s to 60 s.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
