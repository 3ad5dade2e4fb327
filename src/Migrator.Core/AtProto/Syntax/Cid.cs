using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.AtProto.Syntax;

/// <summary>
/// The name of a block or blob, made of what the bytes are and their SHA-256 digest. AT Protocol allows one shape only:
/// version 1, codec dag-cbor or raw, sha2-256 with 32 bytes.
/// </summary>
/// <remarks>
/// Binary form: 36 bytes, <c>01 71 12 20</c> or <c>01 55 12 20</c> and the digest. Text form: <c>b</c> and 58 characters of
/// lower-case base32 (<c>bafyrei…</c>, <c>bafkrei…</c>). Order is that of the binary form. The value holds its bytes itself (36,
/// nothing on the heap). <c>default</c> is no CID: it equals only itself and every use of its content throws.
/// Source: atproto.com/specs/data-model, "Link and CID formats".
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly struct Cid : IEquatable<Cid>, IComparable<Cid>, ISpanParsable<Cid>
{
    /// <summary>Length of the binary form.</summary>
    public const int BinaryLength = 36;

    /// <summary>Length of the text form.</summary>
    public const int TextLength = 59;

    public const int DigestLength = 32;

    private const uint DagCborStart = 0x01_71_12_20;
    private const uint RawStart = 0x01_55_12_20;

    private readonly uint _codec;
    private readonly ulong _digest0, _digest1, _digest2, _digest3; // big-endian, so that numbers sort as bytes do

    private Cid(uint codec, ReadOnlySpan<byte> digest)
    {
        _codec = codec;
        _digest0 = BinaryPrimitives.ReadUInt64BigEndian(digest);
        _digest1 = BinaryPrimitives.ReadUInt64BigEndian(digest[8..]);
        _digest2 = BinaryPrimitives.ReadUInt64BigEndian(digest[16..]);
        _digest3 = BinaryPrimitives.ReadUInt64BigEndian(digest[24..]);
    }

    /// <exception cref="InvalidOperationException">This is <c>default(Cid)</c>.</exception>
    public CidCodec Codec => (CidCodec)Checked();

    /// <summary>True for <c>default(Cid)</c>, which names nothing.</summary>
    public bool IsDefault => _codec == 0;

    /// <summary>The CID of a DAG-CBOR block with these bytes.</summary>
    public static Cid ForDagCbor(ReadOnlySpan<byte> bytes) => Hash(CidCodec.DagCbor, bytes);

    /// <summary>The CID of a blob with these bytes.</summary>
    public static Cid ForRaw(ReadOnlySpan<byte> bytes) => Hash(CidCodec.Raw, bytes);

    /// <param name="codec">What the hashed bytes are.</param>
    /// <param name="sha256">A finished SHA-256 digest, 32 bytes.</param>
    /// <exception cref="ArgumentException">Wrong length, or a codec that does not exist here.</exception>
    public static Cid FromDigest(CidCodec codec, ReadOnlySpan<byte> sha256)
    {
        if (codec is not (CidCodec.DagCbor or CidCodec.Raw)) throw new ArgumentException("Not a codec of AT Protocol.", nameof(codec));
        if (sha256.Length != DigestLength) throw new ArgumentException("A SHA-256 digest has 32 bytes.", nameof(sha256));
        return new Cid((uint)codec, sha256);
    }

    /// <param name="bytes">The 36 bytes of the binary form.</param>
    /// <exception cref="FormatException">Not such a CID.</exception>
    public static Cid FromBinary(ReadOnlySpan<byte> bytes) =>
        TryReadBinary(bytes, out var cid) ? cid : throw new FormatException("Not the 36 bytes of a CIDv1 (dag-cbor or raw, sha2-256).");

    /// <summary>Reads the binary form from bytes that were checked to be one.</summary>
    internal static Cid FromCheckedBinary(ReadOnlySpan<byte> bytes) => new(bytes[1], bytes[4..]);

    /// <summary>Reads the binary form; <paramref name="bytes"/> must be exactly it.</summary>
    public static bool TryReadBinary(ReadOnlySpan<byte> bytes, out Cid cid)
    {
        cid = default;
        if (bytes.Length != BinaryLength) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) is not (DagCborStart or RawStart)) return false;
        cid = new Cid(bytes[1], bytes[4..]);
        return true;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out Cid cid)
    {
        Span<byte> bytes = stackalloc byte[BinaryLength];
        cid = default;
        return text.Length == TextLength && text[0] == 'b' && Base32.TryDecode(text[1..], bytes) && TryReadBinary(bytes, out cid);
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out Cid cid) => TryParse(text.AsSpan(), out cid);

    /// <exception cref="FormatException">Not the text of a CID; see the remarks of the type.</exception>
    public static Cid Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var cid) ? cid : throw new FormatException("Not a CID: 59 characters, 'b' and base32, dag-cbor or raw with sha2-256.");

    static Cid ISpanParsable<Cid>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Parse(s);

    static bool ISpanParsable<Cid>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Cid result) => TryParse(s, out result);

    static Cid IParsable<Cid>.Parse(string s, IFormatProvider? provider) => Parse(s);

    static bool IParsable<Cid>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Cid result) => TryParse(s, out result);

    /// <summary>Writes the 36 bytes of the binary form to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination)
    {
        destination[0] = 1;
        destination[1] = (byte)Checked();
        destination[2] = 0x12;
        destination[3] = 0x20;
        CopyDigestTo(destination[4..]);
    }

    /// <summary>Writes the 32 bytes of the digest to the start of <paramref name="destination"/>.</summary>
    public void CopyDigestTo(Span<byte> destination)
    {
        Checked();
        BinaryPrimitives.WriteUInt64BigEndian(destination, _digest0);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _digest1);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _digest2);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _digest3);
    }

    /// <summary>The digest as four big-endian numbers.</summary>
    internal void GetDigest(out ulong first, out ulong second, out ulong third, out ulong fourth) =>
        (first, second, third, fourth) = (_digest0, _digest1, _digest2, _digest3);

    public byte[] ToByteArray()
    {
        var bytes = new byte[BinaryLength];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Whether this CID carries exactly this SHA-256 digest.</summary>
    public bool DigestEquals(ReadOnlySpan<byte> sha256) =>
        sha256.Length == DigestLength && new Cid(Checked(), sha256).Equals(this);

    public bool Equals(Cid other) =>
        _digest0 == other._digest0 && _digest1 == other._digest1 && _digest2 == other._digest2 && _digest3 == other._digest3
        && _codec == other._codec;

    public override bool Equals(object? obj) => obj is Cid other && Equals(other);

    // Seeded anew in each process: a stranger chooses CIDs freely, and must not be able to choose them to collide.
    public override int GetHashCode() => HashCode.Combine(_digest0, _digest1, _digest2, _digest3, _codec);

    public int CompareTo(Cid other)
    {
        if (_codec != other._codec) return _codec.CompareTo(other._codec);
        if (_digest0 != other._digest0) return _digest0.CompareTo(other._digest0);
        if (_digest1 != other._digest1) return _digest1.CompareTo(other._digest1);
        if (_digest2 != other._digest2) return _digest2.CompareTo(other._digest2);
        return _digest3.CompareTo(other._digest3);
    }

    public override string ToString() => string.Create(TextLength, this, static (chars, cid) =>
    {
        Span<byte> bytes = stackalloc byte[BinaryLength];
        cid.CopyTo(bytes);
        chars[0] = 'b';
        Base32.Encode(bytes, chars[1..]);
    });

    public static bool operator ==(Cid left, Cid right) => left.Equals(right);

    public static bool operator !=(Cid left, Cid right) => !left.Equals(right);

    private static Cid Hash(CidCodec codec, ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[DigestLength];
        BlockHash.Compute(bytes, digest);
        return new Cid((uint)codec, digest);
    }

    private uint Checked() => _codec != 0 ? _codec : throw new InvalidOperationException("default(Cid) names nothing.");
}
