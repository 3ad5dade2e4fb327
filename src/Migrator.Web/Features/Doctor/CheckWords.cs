using Migrator.Core.Doctor;

namespace Migrator.Web.Features.Doctor;

/// <summary>What a check says, in words and in the colours of tags.</summary>
internal static class CheckWords
{
    public static string Of(HostState state) => state switch
    {
        HostState.Open => "open",
        HostState.Deactivated => "switched off",
        HostState.Withheld => "withheld by the server",
        HostState.NoAccount => "no such account",
        _ => "did not answer",
    };

    public static string Of(HostRole role) => role switch
    {
        HostRole.Named => "named by the identity now",
        HostRole.Earlier => "named by the identity before",
        _ => "named by you",
    };

    public static string Of(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Whole => "Whole",
        CheckVerdict.NotWhole => "Not whole",
        CheckVerdict.NotFound => "Not found",
        _ => "Cannot be said now",
    };

    public static string Of(FindingLevel level) => level switch
    {
        FindingLevel.Fine => "Right",
        FindingLevel.Note => "Note",
        FindingLevel.Warning => "Warning",
        FindingLevel.Fault => "Wrong",
        _ => "Not checked",
    };

    public static string Tag(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Whole => "good",
        CheckVerdict.NotWhole => "bad",
        CheckVerdict.NotFound => "calm",
        _ => "wait",
    };

    /// <summary>The ending of the CSS class <c>finding-…</c>.</summary>
    public static string Css(FindingLevel level) => level switch
    {
        FindingLevel.Fine or FindingLevel.Note => "",
        FindingLevel.Fault => "finding-blocker",
        _ => "finding-warning",
    };
}
