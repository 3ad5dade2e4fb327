using System.Text;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Makes a stranger's words fit to be shown and logged: one line, no control or direction characters, no tokens, not long.
/// Encoding for HTML stays the page's job.
/// </summary>
public static class RemoteText
{
    public const int MaxMessage = 300;
    public const int MaxName = 64;

    /// <summary>A message of at most <see cref="MaxMessage"/> characters, or null when nothing readable is left.</summary>
    public static string? CleanMessage(string? text)
    {
        if (text is null) return null;
        var clean = new StringBuilder(Math.Min(text.Length, MaxMessage + 1));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length > MaxMessage) break;
            if (Rune.IsControl(rune) || Rune.IsWhiteSpace(rune))
            {
                if (clean.Length > 0 && clean[^1] != ' ') clean.Append(' ');
            }
            else if (!IsInvisible(rune)) clean.Append(rune);
        }
        var line = HideTokens(clean.ToString().Trim());
        if (line.Length > MaxMessage) line = CutAt(line, MaxMessage - 1) + "…";
        return line.Length == 0 ? null : line;
    }

    /// <summary>An error name, or null when it is not a short word of letters, digits, dots, dashes and underscores.</summary>
    public static string? CleanName(string? text)
    {
        if (text is null || text.Length is 0 or > MaxName) return null;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')) return null;
        }
        return text;
    }

    private static bool IsInvisible(Rune rune) => Rune.GetUnicodeCategory(rune) is
        System.Globalization.UnicodeCategory.Format or
        System.Globalization.UnicodeCategory.Surrogate or
        System.Globalization.UnicodeCategory.PrivateUse or
        System.Globalization.UnicodeCategory.OtherNotAssigned;

    // "eyJ" is how base64 of '{"' begins, and so every JWT.
    private static string HideTokens(string line)
    {
        var start = line.IndexOf("eyJ", StringComparison.Ordinal);
        if (start < 0) return line;
        var hidden = new StringBuilder();
        var from = 0;
        while (start >= 0)
        {
            var end = start;
            while (end < line.Length && (char.IsAsciiLetterOrDigit(line[end]) || line[end] is '.' or '-' or '_')) end++;
            hidden.Append(line, from, start - from).Append("[token]");
            from = end;
            start = line.IndexOf("eyJ", end, StringComparison.Ordinal);
        }
        return hidden.Append(line, from, line.Length - from).ToString();
    }

    private static string CutAt(string line, int length) => line[..(char.IsHighSurrogate(line[length - 1]) ? length - 1 : length)];
}
