using System.Text.Json.Serialization;

namespace Migrator.Core.Doctor;

/// <summary>Where an account stands between servers.</summary>
/// <param name="Where">What is the case, in a few sentences.</param>
/// <param name="NextStep">The one safe thing to do; null where there is nothing to do.</param>
public sealed record MoveStanding(MoveStage Stage, string Where, string? NextStep);

[JsonConverter(typeof(CamelCaseEnum<MoveStage>))]
public enum MoveStage
{
    /// <summary>It lives at one server and works.</summary>
    AtHome,

    /// <summary>It was moved, and both ends are as they should be.</summary>
    Moved,

    /// <summary>First half: another server holds an account that is not switched on; the identity still names the old one, which works.</summary>
    Begun,

    /// <summary>First half: the old account is switched off, but the identity still names it.</summary>
    OldOff,

    /// <summary>Second half: the identity names the new server, where the account is not switched on.</summary>
    NewOff,

    /// <summary>Second half: the new account is open and lacks files.</summary>
    FilesMissing,

    /// <summary>Second half: the new account is open, and its newest commit is still the one that the old server signed.</summary>
    OldCommit,

    /// <summary>
    /// It is open where the identity says, and that all is there could not be proven: its repo did not verify, or was not compared with
    /// an old account that is open too, or its server gave no answer for some files.
    /// </summary>
    NotProven,

    /// <summary>Second half: the new account works, and the old one, which holds nothing else, was not switched off.</summary>
    OldOpen,

    /// <summary>As <see cref="OldOpen"/>, and the old one holds records that the new one lacks.</summary>
    OldAhead,

    /// <summary>A server that the identity never named shows the account too.</summary>
    TwoOpen,

    /// <summary>The identity names a server that has no such account.</summary>
    Nowhere,

    /// <summary>It is switched off where it lives; why cannot be told from outside.</summary>
    SwitchedOff,

    /// <summary>The server withholds it.</summary>
    Withheld,

    /// <summary>The server that the identity names did not answer.</summary>
    Unknown,
}
