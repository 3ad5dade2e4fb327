namespace Migrator.Web.Security;

/// <summary>Who may come in, and how. Section <c>Migrator:Door</c>.</summary>
public sealed class DoorOptions
{
    /// <summary>Allows <c>Migrator:Url</c> to name an address that other machines can reach. Default: false.</summary>
    public bool AllowRemote { get; set; }

    /// <summary>
    /// The address that people type, where it is not <c>Migrator:Url</c>: behind a TLS proxy or a published container port.
    /// With <c>https</c> here the session cookie is marked Secure.
    /// </summary>
    public string? PublicUrl { get; set; }

    /// <summary>Host names answered besides <c>localhost</c>, <c>127.0.0.1</c>, <c>[::1]</c> and those of the two addresses above.</summary>
    public IList<string> Hosts { get; set; } = [];

    /// <summary>A file that the one-time link is also written to, mode 0600, for scripts.</summary>
    public string? LinkFile { get; set; }

    /// <summary>How long a one-time link can be used. Default 30 minutes; 1 minute to 1 day.</summary>
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>A session that was not used for this long is over. Default 12 hours; 1 minute to 30 days.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromHours(12);

    /// <summary>A session is over this long after it began, used or not. Default 7 days; 1 minute to 90 days.</summary>
    public TimeSpan AbsoluteTimeout { get; set; } = TimeSpan.FromDays(7);
}
