using Migrator.Core.AtProto.Crypto;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Crypto;

public class PrivateKeyTests
{
    public static TheoryData<KeyCurve> Curves => [KeyCurve.K256, KeyCurve.P256];

    [Theory]
    [MemberData(nameof(Curves))]
    public void What_a_key_signs_its_public_key_verifies(KeyCurve curve)
    {
        using var key = PrivateKey.Generate(curve);
        using var other = PrivateKey.Generate(curve);
        byte[] data = [1, 2, 3];
        var signature = key.Sign(data);

        Assert.True(PublicKey.ParseDidKey(key.PublicKey.DidKey).Verify(data, signature));
        Assert.False(other.PublicKey.Verify(data, signature));
        Assert.False(key.PublicKey.Verify([1, 2, 4], signature));
        signature[5] ^= 1;
        Assert.False(key.PublicKey.Verify(data, signature));
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Signatures_always_have_the_low_s_and_the_high_one_is_refused(KeyCurve curve)
    {
        using var key = PrivateKey.Generate(curve);
        var math = CurveMath.Of(curve);
        for (byte i = 0; i < 40; i++) // by chance half of them need lowering
        {
            var signature = key.Sign([i]);
            Assert.Equal(64, signature.Length);
            Assert.True(math.IsLowSignature(signature));

            var high = Negate(curve, signature);
            Assert.False(key.PublicKey.Verify([i], high));
            math.LowerSignature(high);
            Assert.Equal(signature, high);
        }
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Zero_halves_and_other_lengths_are_no_signatures(KeyCurve curve)
    {
        using var key = PrivateKey.Generate(curve);
        var signature = key.Sign([9]);
        Assert.False(key.PublicKey.Verify([9], []));
        Assert.False(key.PublicKey.Verify([9], signature.AsSpan(0, 63)));
        Assert.False(key.PublicKey.Verify([9], [.. signature, 0]));
        Assert.False(key.PublicKey.Verify([9], [.. new byte[32], .. signature[32..]]));
        Assert.False(key.PublicKey.Verify([9], [.. signature[..32], .. new byte[32]]));
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Both_text_forms_round_trip(KeyCurve curve)
    {
        using var key = PrivateKey.Generate(curve);
        Assert.True(PrivateKey.TryParse($" {key.RevealMultibase()}\n", out var read));
        Assert.Equal(key.PublicKey, read.PublicKey);

        Assert.Equal(64, key.RevealHex().Length);
        Assert.True(PrivateKey.TryParse(key.RevealHex().ToUpperInvariant(), out var fromHex));
        Assert.Equal(KeyCurve.K256, fromHex.Curve); // hex never says P-256
        using var again = PrivateKey.FromScalar(curve, Convert.FromHexString(key.RevealHex()));
        Assert.Equal(key.PublicKey, again.PublicKey);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("z")]
    [InlineData("abababababababababababababababababababababababababababababababa")] // 63 digits
    [InlineData("abababababababababababababababababababababababababababababababax")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")] // the order itself
    [InlineData("zQ3shoNGfndFiXvnfTDeQk6fvVQk1Wsi1FvEJPp1oK1cEVhqV")] // a public key
    [InlineData("did:key:zQ3shoNGfndFiXvnfTDeQk6fvVQk1Wsi1FvEJPp1oK1cEVhqV")]
    public void Other_text_is_no_private_key(string? text) => Assert.False(PrivateKey.TryParse(text, out _));

    [Fact]
    public void A_number_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentException>(() => PrivateKey.FromScalar(KeyCurve.P256, new byte[32]));
        Assert.Throws<ArgumentException>(() => PrivateKey.FromScalar(KeyCurve.P256, new byte[31]));
        var ones = new byte[32];
        Array.Fill(ones, (byte)0xff);
        Assert.Throws<ArgumentException>(() => PrivateKey.FromScalar(KeyCurve.K256, ones));
    }

    [Fact]
    public void Text_of_the_object_says_nothing()
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        Assert.Equal("PrivateKey", key.ToString());
        Assert.Equal("PrivateKey", $"{key}");
        Assert.DoesNotContain(key.RevealHex(), System.Text.Json.JsonSerializer.Serialize(key), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_disposed_key_is_gone()
    {
        var key = PrivateKey.Generate(KeyCurve.K256);
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign([1]));
        Assert.Throws<ObjectDisposedException>(() => key.RevealHex());
        Assert.Throws<ObjectDisposedException>(() => key.RevealMultibase());
    }

    private static byte[] Negate(KeyCurve curve, byte[] signature)
    {
        var order = Convert.FromHexString(curve == KeyCurve.K256
            ? "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141"
            : "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        var negated = (byte[])signature.Clone();
        for (int i = 31, borrow = 0; i >= 0; i--)
        {
            var digit = order[i] - signature[32 + i] - borrow;
            borrow = digit < 0 ? 1 : 0;
            negated[32 + i] = (byte)digit;
        }
        return negated;
    }
}
