using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Identity;

public sealed class DidDocumentTests
{
    private const string Did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
    private const string Key = "zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF";

    [Fact]
    public void A_whole_document_is_read()
    {
        var document = Read()!;

        Assert.Equal(Handle.Parse("alice.test"), document.ClaimedHandle);
        Assert.Equal("did:key:" + Key, document.SigningKey!.DidKey);
        Assert.Equal(new Uri("https://pds.example.com"), document.PdsEndpoint);
        Assert.Equal(Did, document.Did.ToString());
        Assert.Equal(Did, document.Raw.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("""{"id":"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"}""")]
    [InlineData("""{"id":7}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    public void A_document_about_another_did_is_none(string json) =>
        Assert.Null(DidDocument.TryRead(Core.AtProto.Syntax.Did.Parse(Did), JsonDocument.Parse(json).RootElement));

    [Theory]
    [InlineData("""["at://alice.test"]""", "alice.test")]
    [InlineData("""["at://ALICE.test"]""", "alice.test")]
    [InlineData("""["https://alice.test","at://alice.test","at://bob.test"]""", "alice.test")]
    [InlineData("""["at://alice.test/","at://bob.test"]""", "bob.test")]
    [InlineData("""["at://did:plc:ewvi7nxzyoun6zhxrhs64oiz","at://alice.test"]""", "alice.test")]
    [InlineData("""["at://nodot"]""", null)]
    [InlineData("""[7,{},"at://alice.test"]""", "alice.test")]
    [InlineData("""[]""", null)]
    [InlineData("\"at://alice.test\"", null)]
    [InlineData("null", null)]
    public void The_handle_is_the_first_that_is_spelt_like_one(string alsoKnownAs, string? handle) =>
        Assert.Equal(handle, Read(alsoKnownAs: alsoKnownAs)!.ClaimedHandle?.ToString());

    [Theory]
    [InlineData("#atproto", Did, "Multikey", true)]
    [InlineData(Did + "#atproto", Did, "Multikey", true)]
    [InlineData("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa#atproto", Did, "Multikey", false)]
    [InlineData("atproto", Did, "Multikey", false)]
    [InlineData("#atproto_label", Did, "Multikey", false)]
    [InlineData("#atproto", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "Multikey", false)]
    [InlineData("#atproto", Did, "JsonWebKey2020", false)]
    public void The_signing_key_is_found_by_its_id_and_controller(string id, string controller, string type, bool found)
    {
        var key = $$"""{"id":"{{id}}","type":"{{type}}","controller":"{{controller}}","publicKeyMultibase":"{{Key}}"}""";
        var document = Read(keys: $"[{key}]")!;

        Assert.Equal(found, document.SigningKey is not null);
    }

    [Theory]
    [InlineData(KeyCurve.K256, "EcdsaSecp256k1VerificationKey2019")]
    [InlineData(KeyCurve.P256, "EcdsaSecp256r1VerificationKey2019")]
    public void Keys_without_a_codec_are_read_too(KeyCurve curve, string type)
    {
        using var key = PrivateKey.Generate(curve);
        Assert.True(Core.AtProto.Encoding.Multibase.TryDecodeBase58Btc(key.PublicKey.Multibase, out var multikey));
        var compressed = Core.AtProto.Encoding.Multibase.EncodeBase58Btc(multikey.AsSpan(2));

        var method = $$"""{"id":"#atproto","type":"{{type}}","controller":"{{Did}}","publicKeyMultibase":"{{compressed}}"}""";
        var document = Read(keys: $"[{method}]")!;

        Assert.Equal(key.PublicKey, document.SigningKey);
    }

    [Theory]
    [InlineData("https://pds.example.com", "https://pds.example.com")]
    [InlineData("https://pds.example.com:8443", "https://pds.example.com:8443")]
    [InlineData("https://pds.example.com/", "https://pds.example.com")]
    [InlineData("http://localhost:2584", "http://localhost:2584")]
    [InlineData("https://pds.example.com/path", null)]
    [InlineData("https://pds.example.com?x=y", null)]
    [InlineData("https://pds.example.com#x", null)]
    [InlineData("https://pds.example.com?", null)]
    [InlineData("https://user@pds.example.com", null)]
    [InlineData("https://user:pass@pds.example.com", null)]
    [InlineData("ftp://pds.example.com", null)]
    [InlineData("javascript:alert(1)", null)]
    [InlineData("pds.example.com", null)]
    [InlineData("", null)]
    public void The_server_is_scheme_host_and_port_and_no_more(string endpoint, string? pds) =>
        Assert.Equal(pds is null ? null : new Uri(pds), Read(endpoint: endpoint)!.PdsEndpoint);

    [Theory]
    [InlineData("""[{"id":"#atproto_pds","type":"Other","serviceEndpoint":"https://a.test"}]""")]
    [InlineData("""[{"id":"#pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://a.test"}]""")]
    [InlineData("""[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":{"uri":"https://a.test"}}]""")]
    [InlineData("""[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer"}]""")]
    [InlineData("""[7]""")]
    [InlineData("""{}""")]
    public void A_service_of_another_kind_is_not_the_server(string services) => Assert.Null(Read(services: services)!.PdsEndpoint);

    private static DidDocument? Read(
        string? alsoKnownAs = null, string? keys = null, string? services = null, string endpoint = "https://pds.example.com")
    {
        alsoKnownAs ??= """["at://alice.test"]""";
        keys ??= $$"""[{"id":"{{Did}}#atproto","type":"Multikey","controller":"{{Did}}","publicKeyMultibase":"{{Key}}"}]""";
        services ??= $$"""[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"{{endpoint}}"}]""";
        var json = $$"""{"id":"{{Did}}","alsoKnownAs":{{alsoKnownAs}},"verificationMethod":{{keys}},"service":{{services}}}""";
        return DidDocument.TryRead(Core.AtProto.Syntax.Did.Parse(Did), JsonDocument.Parse(json).RootElement);
    }
}
