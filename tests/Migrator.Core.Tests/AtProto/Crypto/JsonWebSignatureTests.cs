using System.Text.Json;
using System.Text.Json.Nodes;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Encoding;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Crypto;

public sealed class JsonWebSignatureTests
{
    private static readonly byte[] Payload = "{\"equal\":true}"u8.ToArray();

    [Theory]
    [InlineData(KeyCurve.P256)]
    [InlineData(KeyCurve.K256)]
    public void What_was_signed_comes_back_and_fits_its_key_only(KeyCurve curve)
    {
        using var key = PrivateKey.Generate(curve);
        using var other = PrivateKey.Generate(curve);
        Assert.True(JsonWebSignature.TryRead(Write(key), out var read));
        Assert.Equal(Payload, read.Payload);
        Assert.Equal(JsonWebKeys.Thumbprint(key.PublicKey), read.KeyId);
        Assert.True(read.IsSignedBy(key.PublicKey));
        Assert.False(read.IsSignedBy(other.PublicKey));
    }

    [Fact]
    public void The_compact_form_is_read_too()
    {
        using var key = PrivateKey.Generate(KeyCurve.P256);
        var json = JsonNode.Parse(Write(key))!;
        var compact = $"{json["protected"]}.{json["payload"]}.{json["signature"]}\n";
        Assert.True(JsonWebSignature.TryRead(System.Text.Encoding.ASCII.GetBytes(compact), out var read));
        Assert.True(read.IsSignedBy(key.PublicKey));
    }

    [Fact]
    public void A_changed_payload_does_not_fit()
    {
        using var key = PrivateKey.Generate(KeyCurve.P256);
        var json = JsonNode.Parse(Write(key))!;
        json["payload"] = Base64UrlStrict.Encode("{\"equal\":false}"u8);
        Assert.True(JsonWebSignature.TryRead(JsonSerializer.SerializeToUtf8Bytes(json), out var read));
        Assert.False(read.IsSignedBy(key.PublicKey));
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"HS256"}""")]
    [InlineData("""{"alg":"ES256","crit":["b64"],"b64":false}""")]
    [InlineData("[]")]
    public void Other_algorithms_and_extensions_are_refused(string header)
    {
        using var key = PrivateKey.Generate(KeyCurve.P256);
        var json = JsonNode.Parse(Write(key))!;
        json["protected"] = Base64UrlStrict.Encode(System.Text.Encoding.ASCII.GetBytes(header));
        Assert.False(JsonWebSignature.TryRead(JsonSerializer.SerializeToUtf8Bytes(json), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("a.b")]
    [InlineData("""{"payload":"e30","protected":"e30","signature":"AA","header":{"alg":"ES256"}}""")]
    [InlineData("""{"payload":1,"protected":"e30","signature":"AA"}""")]
    public void What_is_no_signed_document_is_refused(string text) =>
        Assert.False(JsonWebSignature.TryRead(System.Text.Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void A_key_set_comes_back_and_foreign_keys_in_it_are_left_out()
    {
        using var first = PrivateKey.Generate(KeyCurve.P256);
        using var second = PrivateKey.Generate(KeyCurve.K256);
        var set = JsonNode.Parse(JsonWebKeys.Write(first.PublicKey, second.PublicKey))!;
        set["keys"]!.AsArray().Add(new JsonObject { ["kty"] = "RSA", ["n"] = "AQAB" });
        set["keys"]!.AsArray().Add(new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = "AA", ["y"] = "AA" });
        Assert.True(JsonWebKeys.TryRead(JsonSerializer.SerializeToUtf8Bytes(set), out var keys));
        Assert.Equal([first.PublicKey, second.PublicKey], keys);
    }

    [Fact]
    public void The_thumbprint_is_that_of_RFC_7638()
    {
        // Computed here in the way of section 3.1: required members, sorted, no white space.
        using var key = PrivateKey.Generate(KeyCurve.P256);
        var jwk = JsonNode.Parse(JsonWebKeys.Write(key.PublicKey))!["keys"]![0]!;
        var members = new JsonObject { ["crv"] = jwk["crv"]!.GetValue<string>(), ["kty"] = "EC", ["x"] = jwk["x"]!.GetValue<string>(), ["y"] = jwk["y"]!.GetValue<string>() };
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(members.ToJsonString()));
        Assert.Equal(Base64UrlStrict.Encode(hash), jwk["kid"]!.GetValue<string>());
    }

    private static byte[] Write(PrivateKey key) => JsonWebSignature.Write(Payload, "application/json", key.PublicKey, data => key.Sign(data));
}
