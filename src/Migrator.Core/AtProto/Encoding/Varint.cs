namespace Migrator.Core.AtProto.Encoding;

/// <summary>What <see cref="Varint.Read"/> found.</summary>
public enum VarintResult
{
    Ok,
    /// <summary>The bytes end before the number does.</summary>
    Incomplete,
    /// <summary>More than <see cref="Varint.MaxLength"/> bytes.</summary>
    TooLong,
    /// <summary>The same number has a shorter form, which is the only valid one.</summary>
    NotShortest,
}

/// <summary>The unsigned varint of multiformats: LEB128, shortest form only, at most 63 bits in 9 bytes.</summary>
public static class Varint
{
    public const int MaxLength = 9;

    /// <param name="bytes">Bytes that begin with a varint; anything may follow.</param>
    /// <param name="value">The number, 0 to 2^63-1; 0 unless the result is <see cref="VarintResult.Ok"/>.</param>
    /// <param name="length">How many bytes it took; 0 unless the result is <see cref="VarintResult.Ok"/>.</param>
    public static VarintResult Read(ReadOnlySpan<byte> bytes, out ulong value, out int length)
    {
        ulong number = 0;
        value = 0;
        length = 0;
        for (var i = 0; i < bytes.Length && i < MaxLength; i++)
        {
            var b = bytes[i];
            number |= (ulong)(b & 0x7f) << (7 * i);
            if ((b & 0x80) != 0) continue;
            if (b == 0 && i > 0) return VarintResult.NotShortest;
            value = number;
            length = i + 1;
            return VarintResult.Ok;
        }
        return bytes.Length >= MaxLength ? VarintResult.TooLong : VarintResult.Incomplete;
    }

    /// <summary>How many bytes <see cref="Write"/> needs, 1 to 9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number needs more than 63 bits.</exception>
    public static int LengthOf(ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, (ulong)long.MaxValue);
        var length = 1;
        while ((value >>= 7) != 0) length++;
        return length;
    }

    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number needs more than 63 bits.</exception>
    public static int Write(Span<byte> destination, ulong value)
    {
        var length = LengthOf(value);
        for (var i = 0; i < length - 1; i++)
        {
            destination[i] = (byte)(value | 0x80);
            value >>= 7;
        }
        destination[length - 1] = (byte)value;
        return length;
    }
}
