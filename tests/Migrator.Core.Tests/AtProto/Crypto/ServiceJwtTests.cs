using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Crypto;

public class ServiceJwtTests
{
    private static readonly Did Alice = Did.Parse("did:plc:6gmrck4btwuauevjfxstwvh2");
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, 500, TimeSpan.Zero);

    [Theory]
    [InlineData(KeyCurve.K256, "ES256K")]
    [InlineData(KeyCurve.P256, "ES256")]
    public void A_token_says_who_asks_whom_for_what_and_until_when(KeyCurve curve, string algorithm)
    {
        using var key = PrivateKey.Generate(curve);
        var token = Create(key);
        Assert.True(ServiceJwt.TryRead(token, key.PublicKey, out var claims));
        Assert.Equal(Alice, claims.Issuer);
        Assert.Equal("did:web:pds.test", claims.Audience);
        Assert.Equal("com.atproto.server.createAccount", claims.Method);
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 12, 1, 0, TimeSpan.Zero), claims.Expires);

        Assert.True(Base64UrlStrict.TryDecode(token.Split('.')[0], 1000, out var header));
        using var json = JsonDocument.Parse(header);
        Assert.Equal("JWT", json.RootElement.GetProperty("typ").GetString());
        Assert.Equal(algorithm, json.RootElement.GetProperty("alg").GetString());
    }

    [Fact]
    public void Two_tokens_are_never_the_same()
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        Assert.NotEqual(Create(key).Split('.')[1], Create(key).Split('.')[1]);
    }

    [Fact]
    public void A_token_of_another_key_or_with_a_changed_part_is_refused()
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        using var other = PrivateKey.Generate(KeyCurve.K256);
        var token = Create(key);
        var parts = token.Split('.');
        Assert.False(ServiceJwt.TryRead(token, other.PublicKey, out _));
        Assert.False(ServiceJwt.TryRead($"{parts[0]}.{Create(other).Split('.')[1]}.{parts[2]}", key.PublicKey, out _));
        Assert.False(ServiceJwt.TryRead(token + "=", key.PublicKey, out _));
        Assert.False(ServiceJwt.TryRead($"{parts[0]}.{parts[1]}", key.PublicKey, out _));
        Assert.False(ServiceJwt.TryRead(token + "." + parts[2], key.PublicKey, out _));
        Assert.False(ServiceJwt.TryRead(null, key.PublicKey, out _));
        Assert.False(ServiceJwt.TryRead(new string('a', 10_000), key.PublicKey, out _));
    }

    [Theory]
    [InlineData("""{"alg":"none"}""", """{"iss":"did:plc:a","aud":"x","exp":1}""")]
    [InlineData("""{"alg":"ES256"}""", """{"iss":"did:plc:a","aud":"x","exp":1}""")]
    [InlineData("""{"alg":"ES256K"}""", """{"iss":"plc:a","aud":"x","exp":1}""")]
    [InlineData("""{"alg":"ES256K"}""", """{"iss":"did:plc:a","exp":1}""")]
    [InlineData("""{"alg":"ES256K"}""", """{"iss":"did:plc:a","aud":"x","exp":"1"}""")]
    [InlineData("""{"alg":"ES256K"}""", """{"iss":"did:plc:a","aud":"x","exp":99999999999999}""")]
    [InlineData("""{"alg":"ES256K"}""", """{"iss":"did:plc:a","aud":"x","exp":1,"exp":2}""")]
    [InlineData("""{"alg":"ES256K"}""", "[]")]
    [InlineData("""["ES256K"]""", """{"iss":"did:plc:a","aud":"x","exp":1}""")]
    [InlineData("""{"alg":"ES256K"}""", "not json")]
    public void Signed_nonsense_is_refused_too(string header, string claims)
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        Assert.False(ServiceJwt.TryRead(Sign(key, header, claims), key.PublicKey, out _));
        Assert.True(ServiceJwt.TryRead(
            Sign(key, """{"alg":"ES256K"}""", """{"iss":"did:plc:a","aud":"x","exp":1}"""), key.PublicKey, out _));
    }

    [Fact]
    public void A_token_without_life_is_our_bug()
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        Assert.Throws<ArgumentOutOfRangeException>(() => ServiceJwt.Create(key, Alice, "did:web:x", "a.b.c", Noon, TimeSpan.Zero));
    }

    private static string Create(PrivateKey key) =>
        ServiceJwt.Create(key, Alice, "did:web:pds.test", "com.atproto.server.createAccount", Noon, TimeSpan.FromMinutes(1));

    private static string Sign(PrivateKey key, string header, string claims)
    {
        var signed = $"{Base64UrlStrict.Encode(Utf8(header))}.{Base64UrlStrict.Encode(Utf8(claims))}";
        return $"{signed}.{Base64UrlStrict.Encode(key.Sign(Utf8(signed)))}";

        static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);
    }
}
