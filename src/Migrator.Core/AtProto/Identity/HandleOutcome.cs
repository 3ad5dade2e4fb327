namespace Migrator.Core.AtProto.Identity;

/// <summary>What asking for a handle gave.</summary>
public enum HandleOutcome
{
    Found,

    /// <summary>Nobody who was asked knows the handle.</summary>
    NotFound,

    /// <summary>The DNS names several DIDs.</summary>
    Ambiguous,

    /// <summary>Nobody knew it, and somebody who might could not be reached.</summary>
    Unreachable,
}
