using System.Buffers;

namespace Migrator.Core.AtProto.Encoding;

/// <summary>
/// Base58 with the Bitcoin alphabet (no <c>0 O I l</c>). Used for public keys in did:key and DID documents.
/// </summary>
/// <remarks>
/// The work grows with the square of the length, so both directions refuse anything longer than <see cref="MaxBytes"/>:
/// everything AT Protocol writes this way is a key of at most 67 bytes.
/// </remarks>
public static class Base58Btc
{
    /// <summary>The longest input of <see cref="Encode"/>, in bytes.</summary>
    public const int MaxBytes = 128;

    private const int MaxChars = 176; // 128 bytes * log(256) / log(58), rounded up
    private const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    private static readonly SearchValues<char> AlphabetSet = SearchValues.Create(Alphabet);
    private static readonly byte[] ValueOf = BuildValues();

    /// <exception cref="ArgumentException">More than <see cref="MaxBytes"/> bytes.</exception>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes) throw new ArgumentException($"At most {MaxBytes} bytes.", nameof(bytes));

        Span<byte> digits = stackalloc byte[MaxChars]; // little end first
        var count = 0;
        foreach (var b in bytes)
        {
            int carry = b;
            for (var i = 0; i < count; i++)
            {
                carry += digits[i] << 8;
                digits[i] = (byte)(carry % 58);
                carry /= 58;
            }
            for (; carry > 0; carry /= 58) digits[count++] = (byte)(carry % 58);
        }

        var zeros = bytes.IndexOfAnyExcept((byte)0);
        if (zeros < 0) zeros = bytes.Length;
        Span<char> text = stackalloc char[zeros + count];
        text[..zeros].Fill(Alphabet[0]);
        for (var i = 0; i < count; i++) text[zeros + i] = Alphabet[digits[count - 1 - i]];
        return new string(text);
    }

    /// <summary>False for a character outside the alphabet, and for text that is longer than any key.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (text.Length > MaxChars || text.ContainsAnyExcept(AlphabetSet)) return false;

        Span<byte> digits = stackalloc byte[MaxChars]; // little end first
        var count = 0;
        foreach (var c in text)
        {
            int carry = ValueOf[c];
            for (var i = 0; i < count; i++)
            {
                carry += digits[i] * 58;
                digits[i] = (byte)carry;
                carry >>= 8;
            }
            if (carry > 0) digits[count++] = (byte)carry;
        }

        var zeros = text.IndexOfAnyExcept(Alphabet[0]);
        if (zeros < 0) zeros = text.Length;
        if (zeros + count > MaxBytes) return false;
        bytes = new byte[zeros + count];
        for (var i = 0; i < count; i++) bytes[zeros + i] = digits[count - 1 - i];
        return true;
    }

    private static byte[] BuildValues()
    {
        var values = new byte[128];
        for (var i = 0; i < Alphabet.Length; i++) values[Alphabet[i]] = (byte)i;
        return values;
    }
}
