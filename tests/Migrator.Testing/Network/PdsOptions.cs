namespace Migrator.Testing.Network;

/// <summary>How a PDS is set up. The defaults are those of a server that welcomes migrations.</summary>
/// <param name="HandleDomain">Handles of this server end in it, such as <c>.a.test</c>; must begin with a dot.</param>
public sealed record PdsOptions(string HandleDomain)
{
    public string AdminPassword { get; init; } = "admin-password";

    public bool InviteRequired { get; init; }

    /// <summary>Largest repo that may be imported, in bytes; 0: what the server does unasked, which is the blob limit.</summary>
    public long MaxImport { get; init; } = 100 * 1024 * 1024;

    /// <summary>Largest blob, in bytes; 0: the server's own 5 MiB.</summary>
    public long BlobLimit { get; init; }

    public bool RateLimits { get; init; }

    public bool RefusesImports { get; init; }

    /// <summary>A server without an app view keeps no preferences.</summary>
    public bool KeepsPreferences { get; init; } = true;

    /// <summary>A did:key that the server adds to the rotation keys of every new account.</summary>
    public string? RecoveryDidKey { get; init; }

    /// <summary>Any other setting of the server, by its environment name (<c>PDS_…</c>).</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    internal IReadOnlyList<string> ToArguments()
    {
        List<string> arguments = ["--handle-domain", HandleDomain, "--admin-password", AdminPassword];
        arguments.AddRange(["--max-import", $"{MaxImport}", "--blob-limit", $"{BlobLimit}"]);
        if (InviteRequired)
            arguments.Add("--invite-required");
        if (RateLimits)
            arguments.Add("--rate-limits");
        if (RefusesImports)
            arguments.Add("--no-imports");
        if (!KeepsPreferences)
            arguments.Add("--no-preferences");
        if (RecoveryDidKey is not null)
            arguments.AddRange(["--recovery-did-key", RecoveryDidKey]);
        foreach (var (name, value) in Environment)
            arguments.AddRange(["--env", $"{name}={value}"]);
        return arguments;
    }
}
