using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.AtProto.Crypto;

/// <summary>
/// A private key, such as a user's rotation key. Its number leaves this type only through the two methods that start with Reveal,
/// and is wiped from memory on <see cref="Dispose"/>. Not safe to dispose while another thread signs.
/// </summary>
/// <remarks>
/// There is no one text form for private keys. Two are met: 64 hexadecimal digits (what servers are set up with, always K-256), and
/// <c>z</c> with base58btc of a curve number and 32 bytes (what command-line tools print). Both are read, both can be written.
/// </remarks>
public sealed class PrivateKey : IDisposable
{
    private const int HexLength = 2 * CurveMath.CoordinateLength;

    private readonly byte[] _scalar;
    private bool _disposed;

    private PrivateKey(KeyCurve curve, ReadOnlySpan<byte> scalar)
    {
        Curve = curve;
        _scalar = GC.AllocateUninitializedArray<byte>(CurveMath.CoordinateLength, pinned: true); // so that no copy is left behind
        scalar.CopyTo(_scalar);
        using var ecdsa = Open();
        PublicKey = PublicKey.FromPoint(curve, ecdsa.ExportParameters(includePrivateParameters: false).Q);
    }

    public KeyCurve Curve { get; }

    public PublicKey PublicKey { get; }

    public static PrivateKey Generate(KeyCurve curve)
    {
        var math = CurveMath.Of(curve);
        Span<byte> scalar = stackalloc byte[CurveMath.CoordinateLength];
        do RandomNumberGenerator.Fill(scalar);
        while (!math.IsScalar(scalar));
        try
        {
            return new PrivateKey(curve, scalar);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <param name="curve">The curve the number belongs to; the number does not say.</param>
    /// <param name="scalar">32 bytes, big end first, from 1 to the order of the curve less 1.</param>
    /// <exception cref="ArgumentException">Not such a number.</exception>
    public static PrivateKey FromScalar(KeyCurve curve, ReadOnlySpan<byte> scalar) =>
        CurveMath.Of(curve).IsScalar(scalar)
            ? new PrivateKey(curve, scalar)
            : throw new ArgumentException("Not 32 bytes with a number below the order of the curve.", nameof(scalar));

    /// <summary>
    /// Reads a private key that a person typed or pasted: 64 hexadecimal digits (K-256), or multibase, which says its curve.
    /// White space around it is ignored. Show the person the public key that comes out, so that they can confirm it.
    /// </summary>
    public static bool TryParse(string? hexOrMultibase, [NotNullWhen(true)] out PrivateKey? key)
    {
        key = null;
        var text = hexOrMultibase.AsSpan().Trim();
        byte[] bytes;
        if (text.Length == HexLength)
        {
            bytes = new byte[CurveMath.CoordinateLength];
            if (Convert.FromHexString(text, bytes, out _, out _) is OperationStatus.Done) key = TryMake(KeyCurve.K256, bytes);
        }
        else if (Multibase.TryDecodeBase58Btc(text, out bytes))
        {
            foreach (var curve in Enum.GetValues<KeyCurve>())
            {
                var prefix = CurveMath.Of(curve).PrivatePrefix;
                if (bytes.AsSpan().StartsWith(prefix)) key = TryMake(curve, bytes.AsSpan(prefix.Length));
            }
        }
        CryptographicOperations.ZeroMemory(bytes);
        return key is not null;
    }

    /// <summary>Signs the SHA-256 digest of these bytes.</summary>
    /// <returns>64 bytes: r and s, 32 each, big end first, s in the lower half of the order.</returns>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        using var ecdsa = Open();
        var signature = ecdsa.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        CurveMath.Of(Curve).LowerSignature(signature);
        return signature;
    }

    /// <summary>The key itself, in the form that says its curve. Whoever reads this text can act for the account.</summary>
    public string RevealMultibase()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        byte[] bytes = [.. CurveMath.Of(Curve).PrivatePrefix, .. _scalar];
        try
        {
            return Multibase.EncodeBase58Btc(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The key itself, 64 hexadecimal digits. Does not say its curve.</summary>
    public string RevealHex()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Convert.ToHexStringLower(_scalar);
    }

    /// <summary>Names the type only, so that no log or message ever holds the key.</summary>
    public override string ToString() => nameof(PrivateKey);

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_scalar);
    }

    private static PrivateKey? TryMake(KeyCurve curve, ReadOnlySpan<byte> scalar) =>
        CurveMath.Of(curve).IsScalar(scalar) ? new PrivateKey(curve, scalar) : null;

    private ECDsa Open()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ECDsa.Create(new ECParameters { Curve = CurveMath.Of(Curve).Curve, D = _scalar });
    }
}
