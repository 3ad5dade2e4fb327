namespace Migrator.Testing.Network;

/// <summary>What the judge shall look at, and what must be true there. What is left out is not asked.</summary>
/// <param name="Before">The account as it was.</param>
/// <param name="Now">The server it must be on.</param>
public sealed record JudgeRequest(AccountSnapshotFolder Before, PdsProcess Now)
{
    /// <summary>The handle the account must have.</summary>
    public string? Handle { get; init; }

    /// <summary>The server it came from: its rotation key must be gone and, if it runs, the account deactivated there.</summary>
    public PdsProcess? From { get; init; }

    /// <summary>The owner's rotation keys: must come first, in this order.</summary>
    public IReadOnlyList<string> UserKeys { get; init; } = [];

    /// <summary>The password on the new server; given, the preferences are compared too.</summary>
    public string? Password { get; init; }

    /// <summary>The account shall not be active on the new server yet.</summary>
    public bool Inactive { get; init; }

    /// <summary>Only records, blobs and preferences; neither the directory nor who signs.</summary>
    public bool ContentOnly { get; init; }

    internal IReadOnlyList<string> ToArguments(string plcUrl)
    {
        List<string> arguments =
        [
            "--before", Before.Folder, "--did", Before.Did, "--pds", Now.Url, "--plc", plcUrl,
            "--admin-password", Now.Options.AdminPassword, "--new-key", Now.RotationKey,
        ];
        if (Handle is not null)
            arguments.AddRange(["--handle", Handle]);
        if (From is not null)
            arguments.AddRange(["--old-key", From.RotationKey]);
        if (From is { IsRunning: true })
            arguments.AddRange(["--old-pds", From.Url]);
        if (UserKeys.Count > 0)
            arguments.AddRange(["--user-keys", string.Join(',', UserKeys)]);
        if (Password is not null)
            arguments.AddRange(["--password", Password]);
        if (Inactive)
            arguments.Add("--inactive");
        if (ContentOnly)
            arguments.Add("--content-only");
        return arguments;
    }
}
