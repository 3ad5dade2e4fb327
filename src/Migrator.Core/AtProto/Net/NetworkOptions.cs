namespace Migrator.Core.AtProto.Net;

/// <summary>
/// What outbound calls may reach and how long, how fast and how large a stranger's answer may be. Bound from the configuration
/// section <c>Migrator:Network</c>; <see cref="NetworkOptionsValidator"/> holds the ranges.
/// </summary>
public sealed class NetworkOptions
{
    public const string Section = "Migrator:Network";

    /// <summary>
    /// Hosts on private networks that may be called, and the only ones that may be called without TLS. An entry is a host and a
    /// port (<c>localhost:2584</c>, <c>[::1]:2584</c>), a host and any port (<c>127.0.0.1:*</c>) or a network (<c>10.0.0.0/8</c>).
    /// A network entry frees the addresses in it; plain http then still needs the address itself in the URL, not a name.
    /// </summary>
    /// <value>Empty by default: nothing private can be reached.</value>
    public IList<string> AllowPrivate { get; } = [];

    /// <summary>Longest time to resolve a name, connect and shake hands. 1 s to 2 min.</summary>
    /// <value>10 seconds.</value>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait from a request's last byte to the answer's headers. 1 s to 10 min.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan HeaderTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for a server that takes in a whole repo before it answers. 10 s to 2 h.</summary>
    /// <value>20 minutes.</value>
    public TimeSpan ImportTimeout { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>Longest time for the body of a small (JSON) answer once its headers are there. 1 s to 10 min.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan BodyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest pause inside a stream, in either direction. 1 s to 10 min.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Slowest stream that is still read, in bytes a second over <see cref="RateWindow"/>; 0 turns the check off.</summary>
    /// <value>1,024.</value>
    public long MinBytesPerSecond { get; set; } = 1024;

    /// <summary>The span over which <see cref="MinBytesPerSecond"/> is measured, counting only time spent waiting. 1 s to 10 min.</summary>
    /// <value>30 seconds.</value>
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest repo (CAR file) that is downloaded, in bytes. From 1 MiB up.</summary>
    /// <value>8 GiB.</value>
    public long MaxRepoBytes { get; set; } = 8L << 30;

    /// <summary>Largest blob that is downloaded, in bytes. From 1 MiB up.</summary>
    /// <value>1 GiB.</value>
    public long MaxBlobBytes { get; set; } = 1L << 30;

    /// <summary>Largest header block of an answer, in kibibytes. 4 to 256.</summary>
    /// <value>32.</value>
    public int MaxHeaderKibibytes { get; set; } = 32;

    /// <summary>Transfers of one direction that may run at one host at the same time. 1 to 256.</summary>
    /// <value>32.</value>
    public int MaxTransfersPerHost { get; set; } = 32;

    /// <summary>Small calls that may run at one host at the same time. 1 to 256.</summary>
    /// <value>8.</value>
    public int MaxCallsPerHost { get; set; } = 8;

    /// <summary>How often a safe call is tried in all when the network or the server stumbles. 1 to 10.</summary>
    /// <value>3.</value>
    public int SafeAttempts { get; set; } = 3;

    /// <summary>
    /// The pause before the second try of a safe call; doubled each time, with up to half of it added at random. 0 to 1 min.
    /// </summary>
    /// <value>Half a second.</value>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest time a server may tell us to stay away. 1 min to 7 days.</summary>
    /// <value>24 hours, the longest window that the reference servers use.</value>
    public TimeSpan MaxThrottle { get; set; } = TimeSpan.FromHours(24);
}
