using System.Numerics;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Encoding;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Crypto;

public class PublicKeyTests
{
    private const string K256 = "did:key:zQ3shoNGfndFiXvnfTDeQk6fvVQk1Wsi1FvEJPp1oK1cEVhqV";
    private const string P256 = "did:key:zDnaeQfNrsLjco7Fq1tZizz14KHgrMjd2siuEoisz8vqUroz5";

    [Theory]
    [InlineData(K256, KeyCurve.K256)]
    [InlineData(P256, KeyCurve.P256)]
    public void A_did_key_round_trips(string text, KeyCurve curve)
    {
        var key = PublicKey.ParseDidKey(text);
        Assert.Equal(curve, key.Curve);
        Assert.Equal(text, key.DidKey);
        Assert.Equal(text, key.ToString());
        Assert.Equal(text["did:key:".Length..], key.Multibase);
        Assert.Equal(PublicKey.ParseDidKey(text), key);
        Assert.True(PublicKey.TryFromVerificationMethod("Multikey", key.Multibase, out var same) && same == key);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("zQ3shoNGfndFiXvnfTDeQk6fvVQk1Wsi1FvEJPp1oK1cEVhqV")] // no did:key:
    [InlineData("did:key:Q3shoNGfndFiXvnfTDeQk6fvVQk1Wsi1FvEJPp1oK1cEVhqV")] // no z
    [InlineData("did:key:zQ3shoNGfndFiXvnfTDeQk6fvVQk1Wsi1FvEJPp1oK1cEVhq")] // cut
    [InlineData("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")] // Ed25519
    [InlineData("did:key:z")]
    public void Other_text_is_refused(string? text)
    {
        Assert.False(PublicKey.TryParseDidKey(text, out var key));
        Assert.Null(key);
    }

    [Theory]
    [InlineData(KeyCurve.K256)]
    [InlineData(KeyCurve.P256)]
    public void About_half_of_all_numbers_are_no_point_and_are_refused(KeyCurve curve)
    {
        var random = new Random(256);
        var accepted = 0;
        for (var i = 0; i < 200; i++)
        {
            byte[] point = [(byte)(2 + i % 2), .. new byte[32]];
            random.NextBytes(point.AsSpan(1));
            if (PublicKey.TryParseDidKey(DidKey(curve, point), out var key))
            {
                accepted++;
                using var checkedByFramework = ECDsa.Create(Parameters(key)); // throws for a point off the curve
            }
        }
        Assert.InRange(accepted, 60, 140);
    }

    [Theory]
    [InlineData(KeyCurve.K256)]
    [InlineData(KeyCurve.P256)]
    public void A_coordinate_that_is_not_below_p_is_refused(KeyCurve curve)
    {
        var p = curve == KeyCurve.K256
            ? BigInteger.Pow(2, 256) - BigInteger.Pow(2, 32) - 977
            : BigInteger.Pow(2, 256) - BigInteger.Pow(2, 224) + BigInteger.Pow(2, 192) + BigInteger.Pow(2, 96) - 1;
        var accepted = new List<int>();
        for (var i = 0; i < 20; i++) // x and x + p are the same number mod p: only one form may be read
        {
            var canonical = (p - 1 - i).ToByteArray(isUnsigned: true, isBigEndian: true);
            var tooLarge = (p + i).ToByteArray(isUnsigned: true, isBigEndian: true);
            if (PublicKey.TryParseDidKey(DidKey(curve, [2, .. canonical]), out _)) accepted.Add(i);
            Assert.False(PublicKey.TryParseDidKey(DidKey(curve, [2, .. tooLarge]), out _));
        }
        Assert.NotEmpty(accepted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    public void Another_first_byte_of_the_point_is_refused(byte first)
    {
        Assert.True(Multibase.TryDecodeBase58Btc(K256.AsSpan("did:key:".Length), out var bytes));
        Assert.False(PublicKey.TryParseDidKey(DidKey(KeyCurve.K256, [first, .. bytes[3..]]), out _));
    }

    [Theory]
    [InlineData(K256, "EcdsaSecp256k1VerificationKey2019", "EcdsaSecp256r1VerificationKey2019")]
    [InlineData(P256, "EcdsaSecp256r1VerificationKey2019", "EcdsaSecp256k1VerificationKey2019")]
    public void Both_older_forms_in_DID_documents_are_read(string didKey, string type, string otherType)
    {
        var key = PublicKey.ParseDidKey(didKey);
        var q = Parameters(key).Q;
        var uncompressed = Multibase.EncodeBase58Btc([4, .. q.X!, .. q.Y!]);
        var compressed = Multibase.EncodeBase58Btc([(byte)(2 + (q.Y![31] & 1)), .. q.X!]);

        Assert.True(PublicKey.TryFromVerificationMethod(type, uncompressed, out var first) && first == key);
        Assert.True(PublicKey.TryFromVerificationMethod(type, compressed, out var second) && second == key);
        Assert.False(PublicKey.TryFromVerificationMethod(otherType, uncompressed, out _)); // no point of that curve
        Assert.False(PublicKey.TryFromVerificationMethod(type, key.Multibase, out _)); // a curve number where none belongs
        Assert.False(PublicKey.TryFromVerificationMethod("Multikey", uncompressed, out _));
        Assert.False(PublicKey.TryFromVerificationMethod("JsonWebKey2020", key.Multibase, out _));
        Assert.False(PublicKey.TryFromVerificationMethod(null, key.Multibase, out _));
        Assert.False(PublicKey.TryFromVerificationMethod(type, null, out _));
    }

    [Fact]
    public void An_uncompressed_point_off_the_curve_is_refused()
    {
        var q = Parameters(PublicKey.ParseDidKey(K256)).Q;
        q.Y![31] ^= 1;
        Assert.False(PublicKey.TryFromVerificationMethod(
            "EcdsaSecp256k1VerificationKey2019", Multibase.EncodeBase58Btc([4, .. q.X!, .. q.Y!]), out _));
    }

    private static string DidKey(KeyCurve curve, byte[] point) =>
        "did:key:" + Multibase.EncodeBase58Btc(curve == KeyCurve.K256 ? [0xE7, 0x01, .. point] : [0x80, 0x24, .. point]);

    private static ECParameters Parameters(PublicKey key)
    {
        Assert.True(Multibase.TryDecodeBase58Btc(key.Multibase, out var bytes));
        var math = CurveMath.Of(key.Curve);
        Assert.True(math.TryReadPoint(bytes.AsSpan(2), out var point));
        return new ECParameters { Curve = math.Curve, Q = point };
    }
}
