namespace Migrator.Core.AtProto.Identity;

/// <summary>Which directory of did:plc identities is asked. Bound from the configuration section <c>Migrator:Plc</c>.</summary>
public sealed class PlcOptions
{
    public const string Section = "Migrator:Plc";

    /// <summary>Scheme, host and port of the directory, no path. Plain http only for hosts in <c>Migrator:Network:AllowPrivate</c>.</summary>
    /// <value>The public directory, <c>https://plc.directory</c>.</value>
    public Uri Url { get; set; } = new("https://plc.directory");
}
