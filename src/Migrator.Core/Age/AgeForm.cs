namespace Migrator.Core.Age;

/// <summary>How an age file is written down.</summary>
public enum AgeForm
{
    /// <summary>Whichever it is: the first byte tells. Only for reading.</summary>
    Detect,

    /// <summary>The bytes themselves.</summary>
    Binary,

    /// <summary>Base64 between a begin line and an end line, to paste into mails. A third larger.</summary>
    Armored,
}
