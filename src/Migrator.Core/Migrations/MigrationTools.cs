using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>What every step shares: the ports to our own storage and the clients for the world outside.</summary>
public sealed record MigrationTools(
    IMigrationStore Store,
    IBlobLedger Blobs,
    ISecretStore Secrets,
    PdsClientFactory Servers,
    IdentityResolver Identities,
    PlcClient Plc,
    MigrationOptions Options)
{
    public Workspace WorkspaceOf(MigrationId id) => new(Path.Combine(Options.WorkFolder, id.ToString()));

    /// <summary>The old server, as the account's owner where a session is stored, else as a stranger.</summary>
    public async Task<PdsClient> SourceAsync(MigrationContext context, CancellationToken ct)
    {
        var pds = context.Progress.Identity?.Pds ?? context.Request.SourcePds;
        var signedIn = await Secrets.ReadAsync(context.Id, SecretName.SourceTokens, ct) is not null;
        return signedIn
            ? Servers.WithSession(pds, new SealedSession(Secrets, context.Id, SecretName.SourceTokens))
            : Servers.Anonymous(pds);
    }

    /// <summary>The new server, as the account's owner.</summary>
    public PdsClient Target(MigrationContext context) => Servers.WithSession(
        context.Request.Target?.Pds ?? throw new InvalidOperationException("The target server is chosen before the start."),
        new SealedSession(Secrets, context.Id, SecretName.TargetTokens));
}

/// <summary>How migrations behave. Section <c>Migrator:Move</c>.</summary>
public sealed class MigrationOptions
{
    /// <summary>Folder for the workspaces of migrations. Default: <c>work</c> in the data folder.</summary>
    public string WorkFolder { get; set; } = "data/work";

    /// <summary>
    /// Blobs under way at once, at each of the two servers. More is not faster with the reference server: it stores the blobs of one
    /// account one after another, and who waits there for five seconds gets an error.
    /// </summary>
    /// <value>Default 8, 1 to 64.</value>
    public int BlobsAtOnce { get; set; } = 8;

    /// <value>How often the standby looks for new records while it waits for the go. Default 60 s, 1 s to 1 h.</value>
    public TimeSpan StandbyEvery { get; set; } = TimeSpan.FromSeconds(60);

    /// <value>How often a restored account's identity is looked at for 72 hours. Default 15 min, 1 s to 6 h.</value>
    public TimeSpan WatchEvery { get; set; } = TimeSpan.FromMinutes(15);

    /// <value>Tries of one step before the person is asked. Default 10, 1 to 100.</value>
    public int TriesPerStep { get; set; } = 10;

    /// <value>
    /// Tries of one step between "old deactivated" and "operation sent" before the old account is activated again. Default 6.
    /// </value>
    public int TriesInTheCut { get; set; } = 6;

    /// <value>First pause between tries, doubled each time. Default 2 s.</value>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(2);

    /// <value>Longest pause between tries. Default 5 min (30 s in the cut).</value>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMinutes(5);

    /// <value>Largest repo that is downloaded. Default 20 GB.</value>
    public long LargestRepo { get; set; } = 20_000_000_000;

    /// <summary>
    /// Whether a restore may be made from any file or folder of this machine that Migrator can read. Turn off where people sign in who are
    /// not to look around on it; they can still upload.
    /// </summary>
    /// <value>Default true.</value>
    public bool RestoreFromFolders { get; set; } = true;

    /// <summary>A relay to ask whether the network sees the new account, e.g. <c>https://relay.example.com</c>; none by default.</summary>
    public Uri? Relay { get; set; }
}
