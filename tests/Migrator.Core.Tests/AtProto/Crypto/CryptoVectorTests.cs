using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Crypto;

/// <summary>The public vectors, and values that the reference implementation made.</summary>
public class CryptoVectorTests
{
    [Fact]
    public void Every_signature_fixture_is_judged_right()
    {
        var cases = TestVectors.Json("atproto-interop/crypto/signature-fixtures.json").EnumerateArray().ToList();
        Assert.NotEmpty(cases);
        foreach (var one in cases)
        {
            var key = PublicKey.ParseDidKey(Text(one, "publicKeyDid"));
            Assert.True(PublicKey.TryFromVerificationMethod(Text(one, "didDocSuite"), Text(one, "publicKeyMultibase"), out var older));
            Assert.Equal(key, older);
            var valid = key.Verify(Base64(Text(one, "messageBase64")), Base64(Text(one, "signatureBase64")));
            Assert.True(one.GetProperty("validSignature").GetBoolean() == valid, Text(one, "comment"));
        }
    }

    [Fact]
    public void Every_private_key_fixture_gives_its_public_key()
    {
        foreach (var one in TestVectors.Json("atproto-interop/crypto/w3c_didkey_K256.json").EnumerateArray())
        {
            Assert.True(PrivateKey.TryParse(Text(one, "privateKeyBytesHex"), out var key));
            Assert.Equal(Text(one, "publicDidKey"), key.PublicKey.DidKey);
        }
        foreach (var one in TestVectors.Json("atproto-interop/crypto/w3c_didkey_P256.json").EnumerateArray())
        {
            Assert.True(Base58Btc.TryDecode(Text(one, "privateKeyBytesBase58"), out var scalar));
            using var key = PrivateKey.FromScalar(KeyCurve.P256, scalar);
            Assert.Equal(Text(one, "publicDidKey"), key.PublicKey.DidKey);
        }
    }

    [Fact]
    public void The_keys_of_the_reference_implementation_are_ours()
    {
        var made = TestVectors.Json("pds-0.4.217-generated/keys-plc-jwt.json");
        foreach (var (name, curve) in new[] { ("k256", KeyCurve.K256), ("p256", KeyCurve.P256) })
        {
            var one = made.GetProperty(name);
            using var key = PrivateKey.FromScalar(curve, Convert.FromHexString(Text(one, "privateHex")));
            Assert.Equal(Text(one, "didKey"), key.PublicKey.DidKey);
            Assert.True(Multibase.TryDecodeBase58Btc(key.PublicKey.Multibase, out var bytes));
            Assert.Equal(Text(one, "publicCompressedHex"), Convert.ToHexStringLower(bytes.AsSpan(2)));
        }
    }

    [Fact]
    public void A_token_of_the_reference_implementation_can_be_read()
    {
        var made = TestVectors.Json("pds-0.4.217-generated/keys-plc-jwt.json");
        var token = Text(made, "serviceJwt");
        Assert.True(ServiceJwt.TryRead(token, PublicKey.ParseDidKey(Text(made.GetProperty("k256"), "didKey")), out var claims));
        Assert.Equal(Did.Parse("did:plc:6gmrck4btwuauevjfxstwvh2"), claims.Issuer);
        Assert.Equal("did:web:pds.example.com", claims.Audience);
        Assert.Equal("com.atproto.server.createAccount", claims.Method);
        Assert.Equal(1_700_000_060, claims.Expires.ToUnixTimeSeconds());
        Assert.False(ServiceJwt.TryRead(token, PublicKey.ParseDidKey(Text(made.GetProperty("p256"), "didKey")), out _));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static byte[] Base64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
