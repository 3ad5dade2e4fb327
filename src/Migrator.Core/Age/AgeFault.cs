namespace Migrator.Core.Age;

/// <summary>In which part of an age file the fault lies. The order is the order in which a reader meets the parts.</summary>
public enum AgeFault
{
    /// <summary>The text form around the file (its begin and end lines, its base64) breaks the rules, or is not there at all.</summary>
    Armor = 1,

    /// <summary>The header is not one, breaks the rules, or asks for more than the reader allows.</summary>
    Header,

    /// <summary>The header is well-formed, but none of the identities (or not this passphrase) opens it.</summary>
    NoMatch,

    /// <summary>An identity opened the header, but the header was changed since it was written.</summary>
    HeaderMac,

    /// <summary>The content was changed, cut off or added to. What was read before is genuine; what follows is missing.</summary>
    Payload,
}
