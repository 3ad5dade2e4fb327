namespace Migrator.Core.AtProto.Encoding;

/// <summary>
/// RFC 4648 base32 in lower case and without padding: the alphabet of CID strings and of <c>did:plc</c> identifiers.
/// </summary>
/// <remarks>
/// Reading is strict, so that every byte string has exactly one text: upper case, padding, impossible lengths and
/// left-over bits that are not zero are refused.
/// </remarks>
public static class Base32
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>How many characters <paramref name="byteCount"/> bytes become.</summary>
    public static int EncodedLength(int byteCount) => checked((byteCount * 8 + 4) / 5);

    /// <summary>How many bytes <paramref name="charCount"/> characters hold; lengths that no byte string has give the next lower count.</summary>
    public static int DecodedLength(int charCount) => (int)((long)charCount * 5 / 8);

    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "";
        return string.Create(EncodedLength(bytes.Length), bytes, static (chars, source) => Encode(source, chars));
    }

    /// <summary>Writes <see cref="EncodedLength"/> characters to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">The destination is too small.</exception>
    public static void Encode(ReadOnlySpan<byte> bytes, Span<char> destination)
    {
        if (destination.Length < EncodedLength(bytes.Length)) throw new ArgumentException("The destination is too small.", nameof(destination));
        uint buffer = 0;
        int bits = 0, at = 0;
        foreach (var b in bytes)
        {
            buffer = (buffer << 8) | b;
            bits += 8;
            while (bits >= 5)
            {
                bits -= 5;
                destination[at++] = Alphabet[(int)(buffer >> bits) & 31];
            }
        }
        if (bits > 0) destination[at] = Alphabet[(int)(buffer << (5 - bits)) & 31];
    }

    /// <summary>Reads <paramref name="text"/> into the first <see cref="DecodedLength"/> bytes of <paramref name="destination"/>.</summary>
    /// <returns>False when the text is not canonical base32 or the destination is too small.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        if (text.Length % 8 is 1 or 3 or 6) return false;
        if (destination.Length < DecodedLength(text.Length)) return false;
        uint buffer = 0;
        int bits = 0, at = 0;
        foreach (var c in text)
        {
            int value;
            if (c is >= 'a' and <= 'z') value = c - 'a';
            else if (c is >= '2' and <= '7') value = c - '2' + 26;
            else return false;
            buffer = (buffer << 5) | (uint)value;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            destination[at++] = (byte)(buffer >> bits);
        }
        return (buffer & ((1u << bits) - 1)) == 0;
    }
}
