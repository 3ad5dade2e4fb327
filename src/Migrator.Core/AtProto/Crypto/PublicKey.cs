using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.AtProto.Crypto;

/// <summary>A public key of an account or a server: always a real point of its curve. Immutable; safe to use from many threads.</summary>
/// <remarks>
/// Text form: <c>did:key:z</c> and base58btc of a two-byte curve number and the 33 bytes of the compressed point.
/// Source: https://atproto.com/specs/cryptography
/// </remarks>
public sealed class PublicKey : IEquatable<PublicKey>
{
    private const string DidKeyPrefix = "did:key:";
    private const int PrefixLength = 2;

    private readonly ECPoint _point;

    private PublicKey(KeyCurve curve, ECPoint point)
    {
        Curve = curve;
        _point = point;
        Multibase = Encoding.Multibase.EncodeBase58Btc([.. CurveMath.Of(curve).PublicPrefix, .. CurveMath.Compress(point)]);
    }

    public KeyCurve Curve { get; }

    /// <summary>The form that DID documents call Multikey: <see cref="DidKey"/> without <c>did:key:</c>.</summary>
    public string Multibase { get; }

    public string DidKey => DidKeyPrefix + Multibase;

    /// <summary>Reads a did:key of either curve. False for anything else, also for a point that is not on the curve.</summary>
    public static bool TryParseDidKey(string? text, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        return text is not null && text.StartsWith(DidKeyPrefix, StringComparison.Ordinal)
            && TryFromMultikey(text.AsSpan(DidKeyPrefix.Length), out key);
    }

    /// <exception cref="FormatException">Not a did:key of either curve.</exception>
    public static PublicKey ParseDidKey(string text) =>
        TryParseDidKey(text, out var key) ? key : throw new FormatException("Not a did:key of K-256 or P-256.");

    /// <summary>Reads a key as a DID document writes it.</summary>
    /// <param name="type">
    /// The <c>type</c> of the verification method: <c>Multikey</c>, or one of the two older types that name the curve, whose
    /// value is a bare point, compressed or not (the reference PLC server still writes them).
    /// </param>
    /// <param name="multibase">Its <c>publicKeyMultibase</c>.</param>
    /// <param name="key">The key, when the method returns true.</param>
    public static bool TryFromVerificationMethod(string? type, string? multibase, [NotNullWhen(true)] out PublicKey? key)
    {
        switch (type)
        {
            case "Multikey":
                return TryFromMultikey(multibase, out key);
            case "EcdsaSecp256k1VerificationKey2019":
                return TryFromBarePoint(KeyCurve.K256, multibase, out key);
            case "EcdsaSecp256r1VerificationKey2019":
                return TryFromBarePoint(KeyCurve.P256, multibase, out key);
            default:
                key = null;
                return false;
        }
    }

    /// <summary>
    /// Whether the holder of this key signed these bytes (SHA-256 is taken inside). False for everything AT Protocol refuses:
    /// another length than 64 bytes (so DER too) and a signature whose second half is above half the order.
    /// </summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var math = CurveMath.Of(Curve);
        if (!math.IsLowSignature(signature)) return false;
        using var ecdsa = ECDsa.Create(new ECParameters { Curve = math.Curve, Q = _point });
        // The framework would make this form of it anyway, with code that is not there before the program runs.
        return ecdsa.VerifyData(data, DerSignature.Of(signature), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>The two coordinates of the point, 32 bytes each, big end first: the <c>x</c> and <c>y</c> of a JSON Web Key.</summary>
    public (byte[] X, byte[] Y) Coordinates => ([.. _point.X!], [.. _point.Y!]);

    /// <summary>Reads a key from its coordinates. False where they are not 32 bytes each or no point of the curve.</summary>
    public static bool TryFromCoordinates(KeyCurve curve, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        return x.Length == CurveMath.CoordinateLength && y.Length == CurveMath.CoordinateLength
            && TryFromPoint(curve, [4, .. x, .. y], out key);
    }

    public bool Equals(PublicKey? other) => other is not null && Multibase == other.Multibase;
    public override bool Equals(object? obj) => Equals(obj as PublicKey);
    public override int GetHashCode() => Multibase.GetHashCode(StringComparison.Ordinal);
    public override string ToString() => DidKey;
    public static bool operator ==(PublicKey? left, PublicKey? right) => left is null ? right is null : left.Equals(right);
    public static bool operator !=(PublicKey? left, PublicKey? right) => !(left == right);

    internal static PublicKey FromPoint(KeyCurve curve, ECPoint point) => new(curve, point);

    private static bool TryFromMultikey(ReadOnlySpan<char> multibase, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        if (!Encoding.Multibase.TryDecodeBase58Btc(multibase, out var bytes)) return false;
        if (bytes.Length != PrefixLength + CurveMath.CompressedLength) return false;
        foreach (var curve in CurveMath.Curves)
        {
            if (bytes.AsSpan(0, PrefixLength).SequenceEqual(CurveMath.Of(curve).PublicPrefix))
                return TryFromPoint(curve, bytes.AsSpan(PrefixLength), out key);
        }
        return false;
    }

    private static bool TryFromBarePoint(KeyCurve curve, string? multibase, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        return Encoding.Multibase.TryDecodeBase58Btc(multibase, out var bytes) && TryFromPoint(curve, bytes, out key);
    }

    private static bool TryFromPoint(KeyCurve curve, ReadOnlySpan<byte> sec1, [NotNullWhen(true)] out PublicKey? key)
    {
        key = CurveMath.Of(curve).TryReadPoint(sec1, out var point) ? new PublicKey(curve, point) : null;
        return key is not null;
    }
}
