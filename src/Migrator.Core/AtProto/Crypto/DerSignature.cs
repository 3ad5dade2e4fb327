namespace Migrator.Core.AtProto.Crypto;

/// <summary>
/// A compact signature, two numbers of 32 bytes, in the form of ASN.1 DER that OpenSSL reads. Source: RFC 3279 section 2.2.3.
/// </summary>
internal static class DerSignature
{
    private const byte Sequence = 0x30, Integer = 0x02;

    /// <summary>The signature as a sequence of its two numbers.</summary>
    public static byte[] Of(ReadOnlySpan<byte> compact)
    {
        Span<byte> content = stackalloc byte[2 * (CurveMath.CoordinateLength + 3)];
        var end = Write(content, compact[..CurveMath.CoordinateLength]);
        end += Write(content[end..], compact[CurveMath.CoordinateLength..]);
        return [Sequence, (byte)end, .. content[..end]];
    }

    /// <summary>As few bytes as there can be, with a zero before a first bit that is set: the numbers are not negative.</summary>
    private static int Write(Span<byte> destination, ReadOnlySpan<byte> number)
    {
        while (number.Length > 1 && number[0] == 0) number = number[1..];
        var padding = number[0] >> 7;
        destination[0] = Integer;
        destination[1] = (byte)(number.Length + padding);
        destination[2] = 0;
        number.CopyTo(destination[(2 + padding)..]);
        return 2 + padding + number.Length;
    }
}
