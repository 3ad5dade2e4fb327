using System.Buffers;
using System.Buffers.Text;

namespace Migrator.Core.AtProto.Encoding;

/// <summary>
/// Base64 with the URL alphabet, no padding. One byte string has exactly one text: padding, white space and set bits after the
/// last byte are refused. did:plc needs this: a second spelling of a signature would be a second operation with another CID.
/// </summary>
public static class Base64UrlStrict
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <param name="text">The text to decode.</param>
    /// <param name="maxBytes">Longer results are refused before memory is taken.</param>
    /// <param name="bytes">The decoded bytes, or an empty array.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, int maxBytes, out byte[] bytes)
    {
        bytes = [];
        if (text.Length % 4 == 1 || text.ContainsAnyExcept(Alphabet)) return false;
        var length = (int)((long)text.Length * 3 / 4);
        if (length > maxBytes || HasTrailingBits(text)) return false;

        bytes = Base64Url.DecodeFromChars(text);
        return true;
    }

    /// <summary>The last character of a short group carries 2 or 4 bits that belong to no byte; they must be zero.</summary>
    private static bool HasTrailingBits(ReadOnlySpan<char> text)
    {
        var spare = (text.Length % 4) switch { 2 => 0b1111, 3 => 0b11, _ => 0 };
        return spare != 0 && (ValueOf(text[^1]) & spare) != 0;
    }

    private static int ValueOf(char c) => c switch
    {
        >= 'A' and <= 'Z' => c - 'A',
        >= 'a' and <= 'z' => c - 'a' + 26,
        >= '0' and <= '9' => c - '0' + 52,
        '-' => 62,
        _ => 63,
    };
}
