using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace Migrator.Core.AtProto.Encoding;

/// <summary>
/// The one way to parse JSON that a stranger sent. The framework looks at the text inside strings only when it is asked for, and what
/// it then throws means a bug of the caller's; here all of it is looked at once, so that later reading can't fail on it.
/// </summary>
public static class StrictJson
{
    private const int EscapeLength = 6; // \uXXXX

    /// <summary>Parses one JSON value; dispose it after use.</summary>
    /// <param name="utf8">The text. It must stay as it is while the document is in use.</param>
    /// <param name="maxDepth">How deep objects and lists may be nested, above zero.</param>
    /// <exception cref="JsonException">
    /// Not JSON, nested too deeply, not UTF-8, an escape that is half a surrogate pair, or an object with a field twice: two readers
    /// could see two answers in that.
    /// </exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> utf8, int maxDepth)
    {
        // Before parsing, because the search for fields that come twice reads their names.
        if (!Utf8.IsValid(utf8.Span)) throw new JsonException("The text is not UTF-8.");
        if (HasHalfPair(utf8.Span)) throw new JsonException("A text is not valid Unicode.");
#pragma warning disable RS0030 // Banned so that everybody else comes here.
        return JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false });
#pragma warning restore RS0030
    }

    /// <summary>
    /// Looks for escapes that spell one surrogate without its partner. In JSON a backslash stands only inside strings; where it stands
    /// elsewhere, or what follows it is no escape, the parser refuses the text anyway.
    /// </summary>
    private static bool HasHalfPair(ReadOnlySpan<byte> text)
    {
        int at;
        while ((at = text.IndexOf((byte)'\\')) >= 0)
        {
            text = text[at..];
            if (!TryReadEscape(text, out var unit))
            {
                text = text[Math.Min(2, text.Length)..];
                continue;
            }
            text = text[EscapeLength..];
            if (char.IsLowSurrogate(unit)) return true;
            if (!char.IsHighSurrogate(unit)) continue;
            if (!TryReadEscape(text, out var second) || !char.IsLowSurrogate(second)) return true;
            text = text[EscapeLength..];
        }
        return false;
    }

    private static bool TryReadEscape(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (text.Length < EscapeLength || text[0] != '\\' || text[1] != 'u') return false;
        var isHex = ushort.TryParse(text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        unit = (char)value;
        return isHex;
    }
}
