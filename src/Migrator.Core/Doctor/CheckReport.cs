using System.Text.Json.Serialization;

namespace Migrator.Core.Doctor;

/// <summary>
/// What a check of a CAR file or of a living account found. Plain text and numbers only, so that it is written and read the same by
/// page, API and command line.
/// </summary>
public sealed record CheckReport
{
    /// <summary>Format of this document.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What was asked for, as it was typed: a handle, a DID or the name of a file.</summary>
    public required string Subject { get; init; }

    public required CheckKind Kind { get; init; }

    public required DateTimeOffset At { get; init; }

    public required CheckVerdict Verdict { get; init; }

    /// <summary>The account; null where it is not known (no such handle, a file that cannot be read).</summary>
    public string? Did { get; init; }

    /// <summary>Everything that was looked at, in that order: what is right as well as what is not.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    public IdentityFacts? Identity { get; init; }

    public RepoFacts? Repo { get; init; }

    public BlobFacts? Blobs { get; init; }

    /// <summary>For an account: every server that was asked about it, the one that its identity names first.</summary>
    public IReadOnlyList<HostFacts> Hosts { get; init; } = [];

    /// <summary>For an account: where it stands between servers, and the one safe next step. Null where it was not found.</summary>
    public MoveStanding? Move { get; init; }
}

[JsonConverter(typeof(CamelCaseEnum<CheckKind>))]
public enum CheckKind
{
    File,
    Account,
}

[JsonConverter(typeof(CamelCaseEnum<CheckVerdict>))]
public enum CheckVerdict
{
    /// <summary>Everything that was looked at is there and right.</summary>
    Whole,

    /// <summary>Something is damaged, missing or not as it must be; a finding says what.</summary>
    NotWhole,

    /// <summary>Someone who had to be asked did not answer, so it cannot be said. May pass.</summary>
    Undecided,

    /// <summary>There is no such account.</summary>
    NotFound,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Code">For programs; never changes its meaning.</param>
/// <param name="Text">One or two sentences for a person.</param>
public sealed record Finding(FindingLevel Level, string Code, string Text);

[JsonConverter(typeof(CamelCaseEnum<FindingLevel>))]
public enum FindingLevel
{
    Fine,

    /// <summary>Worth knowing; nothing is wrong.</summary>
    Note,

    /// <summary>Not as it should be, though no data is missing.</summary>
    Warning,

    /// <summary>It is not whole.</summary>
    Fault,

    /// <summary>Could not be looked at.</summary>
    Unchecked,
}

/// <summary>Enum values as camelCase words.</summary>
public sealed class CamelCaseEnum<T>() : JsonStringEnumConverter<T>(System.Text.Json.JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
