using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Migrator.Core.AtProto.Crypto;

/// <summary>
/// The numbers of one curve <c>y² = x³ + ax + b (mod p)</c> of prime order <c>n</c>, and the little arithmetic that the framework does
/// not offer: taking a point from its compressed form, and bringing signatures to the lower half of the order.
/// </summary>
/// <remarks>Nothing here touches a private key, so it need not take constant time. Source: SEC 1 section 2.3, SEC 2 section 2.4.</remarks>
internal sealed class CurveMath
{
    internal const int CoordinateLength = 32;
    internal const int CompressedLength = 33;
    internal const int UncompressedLength = 65;
    internal const int SignatureLength = 64;

    private static readonly CurveMath P256 = new(
        ECCurve.NamedCurves.nistP256, "ES256", [0x80, 0x24], [0x86, 0x26],
        p: Number(0xFFFFFFFF00000001, 0x0000000000000000, 0x00000000FFFFFFFF, 0xFFFFFFFFFFFFFFFF),
        a: Number(0xFFFFFFFF00000001, 0x0000000000000000, 0x00000000FFFFFFFF, 0xFFFFFFFFFFFFFFFC),
        b: Number(0x5AC635D8AA3A93E7, 0xB3EBBD55769886BC, 0x651D06B0CC53B0F6, 0x3BCE3C3E27D2604B),
        n: Number(0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF, 0xBCE6FAADA7179E84, 0xF3B9CAC2FC632551));

    private static readonly CurveMath K256 = new(
        ECCurve.CreateFromValue("1.3.132.0.10"), "ES256K", [0xE7, 0x01], [0x81, 0x26],
        p: Number(0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFC2F),
        a: 0,
        b: 7,
        n: Number(0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFE, 0xBAAEDCE6AF48A03B, 0xBFD25E8CD0364141));

    private readonly BigInteger _p, _a, _b, _n, _squareRootExponent;
    private readonly byte[] _order, _halfOrder;

    private CurveMath(
        ECCurve curve, string jwtAlgorithm, byte[] publicPrefix, byte[] privatePrefix, BigInteger p, BigInteger a, BigInteger b, BigInteger n)
    {
        Curve = curve;
        JwtAlgorithm = jwtAlgorithm;
        PublicPrefix = publicPrefix;
        PrivatePrefix = privatePrefix;
        (_p, _a, _b, _n) = (p, a, b, n);
        _squareRootExponent = (_p + 1) / 4; // right for both curves, because both p are 3 mod 4
        _order = Bytes(_n);
        _halfOrder = Bytes(_n / 2);
    }

    internal ECCurve Curve { get; }
    internal string JwtAlgorithm { get; }

    /// <summary>The multicodec number of a public key of this curve, as a varint.</summary>
    internal byte[] PublicPrefix { get; }

    /// <summary>The multicodec number of a private key of this curve, as a varint.</summary>
    internal byte[] PrivatePrefix { get; }

    internal static readonly KeyCurve[] Curves = [KeyCurve.P256, KeyCurve.K256];

    internal static CurveMath Of(KeyCurve curve) => curve switch
    {
        KeyCurve.P256 => P256,
        KeyCurve.K256 => K256,
        _ => throw new ArgumentOutOfRangeException(nameof(curve)),
    };

    /// <summary>
    /// Reads a point in SEC 1 form: 33 bytes (02 or 03, X) or 65 bytes (04, X, Y).
    /// False for every other length or first byte, for coordinates not below p, and for a point that is not on the curve.
    /// </summary>
    internal bool TryReadPoint(ReadOnlySpan<byte> sec1, out ECPoint point)
    {
        point = default;
        if (sec1.Length is not (CompressedLength or UncompressedLength)) return false;
        var x = Number(sec1.Slice(1, CoordinateLength));
        if (x >= _p) return false;
        var ySquared = (BigInteger.ModPow(x, 3, _p) + _a * x + _b) % _p;

        BigInteger y;
        if (sec1.Length == CompressedLength)
        {
            if (sec1[0] is not (2 or 3)) return false;
            y = BigInteger.ModPow(ySquared, _squareRootExponent, _p);
            if (y.IsEven != (sec1[0] == 2)) y = _p - y;
        }
        else
        {
            if (sec1[0] != 4) return false;
            y = Number(sec1[(1 + CoordinateLength)..]);
        }
        if (y >= _p || y * y % _p != ySquared) return false;

        point = new ECPoint { X = Bytes(x), Y = Bytes(y) };
        return true;
    }

    internal static byte[] Compress(ECPoint point) => [(byte)(2 + (point.Y![^1] & 1)), .. point.X!];

    /// <summary>Whether these 32 bytes are a number from 1 to n - 1, as a private key must be.</summary>
    internal bool IsScalar(ReadOnlySpan<byte> bigEndian) =>
        bigEndian.Length == CoordinateLength && bigEndian.ContainsAnyExcept((byte)0) && bigEndian.SequenceCompareTo(_order) < 0;

    /// <summary>Whether this is a compact signature with both numbers in range and the second in the lower half.</summary>
    internal bool IsLowSignature(ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureLength && IsScalar(signature[..CoordinateLength]) && IsScalar(signature[CoordinateLength..])
        && signature[CoordinateLength..].SequenceCompareTo(_halfOrder) <= 0;

    /// <summary>
    /// Of the two signatures (r, s) and (r, n - s), which are equally valid, keeps the one with the small s: AT Protocol
    /// allows only that one, so that nobody else can make a second valid form of a signed object.
    /// </summary>
    internal void LowerSignature(Span<byte> signature)
    {
        var s = signature[CoordinateLength..];
        if (s.SequenceCompareTo(_halfOrder) > 0) Bytes(_n - Number(s)).CopyTo(s);
    }

    /// <summary>Four words, the highest first. Parsing text would cost a short run more than the curve is worth.</summary>
    private static BigInteger Number(ulong highest, ulong high, ulong low, ulong lowest)
    {
        var bytes = new byte[CoordinateLength];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, highest);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), low);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(24), lowest);
        return Number(bytes);
    }

    private static BigInteger Number(ReadOnlySpan<byte> bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number)
    {
        var bytes = new byte[CoordinateLength];
        var length = number.GetByteCount(isUnsigned: true);
        number.TryWriteBytes(bytes.AsSpan(CoordinateLength - length), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
