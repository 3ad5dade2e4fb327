namespace Migrator.Testing.Network;

/// <summary>What a new account is filled with, beside the profile, the preferences, a film, a short thread and a block.</summary>
public sealed record FillOptions
{
    public string Password { get; init; } = "correct horse battery staple";

    /// <summary>Null: one made of the handle.</summary>
    public string? Email { get; init; }

    public string? Invite { get; init; }

    /// <summary>A did:key of the owner's; put above the server's own among the rotation keys.</summary>
    public string? RecoveryKey { get; init; }

    public int Posts { get; init; } = 12;

    /// <summary>How many of the posts carry a picture.</summary>
    public int Images { get; init; } = 4;

    /// <summary>Size of each picture.</summary>
    public int BlobBytes { get; init; } = 4096;

    public int Likes { get; init; } = 5;

    public int Reposts { get; init; } = 2;

    public int Follows { get; init; } = 3;

    /// <summary>Records of a lexicon no server knows, and blobs of odd types with them.</summary>
    public int Recipes { get; init; } = 2;

    /// <summary>Uploads that no record uses: no part of the account.</summary>
    public int Orphans { get; init; } = 1;

    /// <summary>Adds a record that names its blob in the form of before 2023, without a type or size.</summary>
    public bool LegacyBlob { get; init; }

    public int Seed { get; init; } = 1;

    internal IReadOnlyList<string> ToArguments()
    {
        List<string> arguments =
        [
            "--password", Password, "--posts", $"{Posts}", "--images", $"{Images}", "--blob-bytes", $"{BlobBytes}",
            "--likes", $"{Likes}", "--reposts", $"{Reposts}", "--follows", $"{Follows}", "--recipes", $"{Recipes}",
            "--orphans", $"{Orphans}", "--seed", $"{Seed}",
        ];
        if (LegacyBlob)
            arguments.Add("--legacy-blob");
        if (Email is not null)
            arguments.AddRange(["--email", Email]);
        if (Invite is not null)
            arguments.AddRange(["--invite", Invite]);
        if (RecoveryKey is not null)
            arguments.AddRange(["--recovery-key", RecoveryKey]);
        return arguments;
    }
}
