namespace Migrator.Core.Age;

/// <summary>
/// Text with a prefix and a checksum, as keys of age are written (BIP 173, without its limit of 90 characters). Written in lower case;
/// read in either, never mixed.
/// </summary>
internal static class Bech32
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int ChecksumLength = 6;
    private const int MaxLength = 256;
    private const int MaxPrefixLength = 83;

    public static string Encode(string prefix, ReadOnlySpan<byte> data)
    {
        var digits = ToDigits(data);
        var checksum = Checksum(prefix, digits) ^ 1;
        for (var i = ChecksumLength - 1; i >= 0; i--) digits.Add((byte)((checksum >> (5 * i)) & 31));
        return $"{prefix}1{string.Concat(digits.Select(digit => Alphabet[digit]))}";
    }

    /// <param name="text">What was typed or pasted.</param>
    /// <param name="prefix">In lower case.</param>
    /// <param name="data">The bytes.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, out string prefix, out byte[] data)
    {
        (prefix, data) = ("", []);
        var separator = text.LastIndexOf('1');
        if (text.Length > MaxLength || separator is < 1 or > MaxPrefixLength || text.Length - separator - 1 < ChecksumLength) return false;
        if (text.ContainsAnyExceptInRange('!', '~')) return false;
        if (text.ContainsAnyInRange('a', 'z') && text.ContainsAnyInRange('A', 'Z')) return false;

        var lower = text.ToString().ToLowerInvariant();
        var digits = new List<byte>(lower.Length);
        foreach (var c in lower.AsSpan(separator + 1))
        {
            var digit = Alphabet.IndexOf(c);
            if (digit < 0) return false;
            digits.Add((byte)digit);
        }
        prefix = lower[..separator];
        if (Checksum(prefix, digits, reading: true) != 1) return false;
        digits.RemoveRange(digits.Count - ChecksumLength, ChecksumLength);
        return TryToBytes(digits, out data);
    }

    private static uint Checksum(string prefix, List<byte> digits, bool reading = false)
    {
        var sum = 1u;
        foreach (var c in prefix) sum = Step(sum, c >> 5);
        sum = Step(sum, 0);
        foreach (var c in prefix) sum = Step(sum, c & 31);
        foreach (var digit in digits) sum = Step(sum, digit);
        for (var i = 0; !reading && i < ChecksumLength; i++) sum = Step(sum, 0);
        return sum;
    }

    private static uint Step(uint sum, int digit)
    {
        ReadOnlySpan<uint> generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        var top = sum >> 25;
        sum = ((sum & 0x1ffffff) << 5) ^ (uint)digit;
        for (var i = 0; i < generator.Length; i++)
        {
            if (((top >> i) & 1) != 0) sum ^= generator[i];
        }
        return sum;
    }

    private static List<byte> ToDigits(ReadOnlySpan<byte> data)
    {
        var digits = new List<byte>((data.Length * 8 / 5) + 1 + ChecksumLength);
        var (bits, count) = (0, 0);
        foreach (var value in data)
        {
            bits = ((bits << 8) | value) & 0xfff;
            for (count += 8; count >= 5; count -= 5) digits.Add((byte)((bits >> (count - 5)) & 31));
        }
        if (count > 0) digits.Add((byte)((bits << (5 - count)) & 31));
        return digits;
    }

    private static bool TryToBytes(List<byte> digits, out byte[] data)
    {
        data = new byte[digits.Count * 5 / 8];
        var (bits, count, at) = (0, 0, 0);
        foreach (var digit in digits)
        {
            bits = ((bits << 5) | digit) & 0xfff;
            if ((count += 5) < 8) continue;
            count -= 8;
            data[at++] = (byte)(bits >> count);
        }
        // What is left over is less than a digit, and zero: else one value had several texts.
        return count < 5 && (bits & ((1 << count) - 1)) == 0;
    }
}
