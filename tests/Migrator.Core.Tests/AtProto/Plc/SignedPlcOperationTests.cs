using System.Text.Json;
using System.Text.Json.Nodes;
using Migrator.Core.AtProto.Plc;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Plc;

public class SignedPlcOperationTests
{
    private static readonly SignedPlcOperation Good =
        new PlcOperation(PlcLogBuilder.Body(TestKeys.User, TestKeys.OldServer), null).Sign(TestKeys.OldServer);

    [Fact]
    public void The_signer_is_found_by_its_place()
    {
        Assert.Equal(1, Good.FindSigner(Good.Body!.RotationKeys));
        Assert.Equal(0, Good.FindSigner([TestKeys.OldServer.PublicKey.DidKey, TestKeys.OldServer.PublicKey.DidKey]));
        Assert.Equal(-1, Good.FindSigner([TestKeys.User.PublicKey.DidKey]));
        Assert.Equal(-1, Good.FindSigner([]));
        Assert.Equal(1, Good.FindSigner(["did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", TestKeys.OldServer.PublicKey.DidKey]));
    }

    [Fact]
    public void Json_round_trips_to_the_same_bytes()
    {
        var read = SignedPlcOperation.FromJson(Good.ToJson());
        Assert.Equal(Good.SignedBytes, read.SignedBytes);
        Assert.Equal(Good.Cid, read.Cid);
        Assert.Equal(Good.Body, read.Body);
        var tombstone = new PlcTombstone(Good.Cid).Sign(TestKeys.User);
        Assert.Equal(tombstone.Cid, SignedPlcOperation.FromJson(tombstone.ToJson()).Cid);
        Assert.Null(SignedPlcOperation.FromJson(tombstone.ToJson()).Body);
    }

    [Fact]
    public void The_order_of_fields_in_JSON_does_not_matter()
    {
        var reversed = new JsonObject();
        foreach (var property in Good.ToJson().EnumerateObject().Reverse())
            reversed.Add(property.Name, JsonNode.Parse(property.Value.GetRawText()));
        Assert.Equal(Good.Cid, SignedPlcOperation.FromJson(JsonSerializer.SerializeToElement(reversed)).Cid);
    }

    [Fact]
    public void A_field_that_looks_like_a_link_is_plain_text_here()
    {
        var body = PlcLogBuilder.Body(TestKeys.User) with
        {
            VerificationMethods = new Dictionary<string, string> { ["$link"] = Good.Cid.ToString() },
        };
        var operation = new PlcOperation(body, null).Sign(TestKeys.User);
        Assert.Equal(operation.Cid, SignedPlcOperation.FromJson(operation.ToJson()).Cid);
        Assert.Contains("$link", System.Text.Encoding.UTF8.GetString(operation.SignedBytes));
    }

    [Theory]
    [InlineData("an unknown field", """{"extra":1}""")]
    [InlineData("prev that is no CID", """{"prev":"bafy"}""")]
    [InlineData("prev that is a number", """{"prev":1}""")]
    [InlineData("another type", """{"type":"plc_other"}""")]
    [InlineData("a type that is an object", """{"type":{"type":"plc_operation"}}""")]
    [InlineData("rotationKeys that is text", """{"rotationKeys":"did:key:z"}""")]
    [InlineData("a rotation key that is a number", """{"rotationKeys":[1]}""")]
    [InlineData("a verification method that is an object", """{"verificationMethods":{"atproto":{"verificationMethods":"x"}}}""")]
    [InlineData("verificationMethods that is a list", """{"verificationMethods":[]}""")]
    [InlineData("a service without an endpoint", """{"services":{"atproto_pds":{"type":"x"}}}""")]
    [InlineData("a service with more", """{"services":{"atproto_pds":{"type":"x","endpoint":"y","z":"z"}}}""")]
    [InlineData("a service that is text", """{"services":{"atproto_pds":"https://x"}}""")]
    [InlineData("alsoKnownAs with null", """{"alsoKnownAs":[null]}""")]
    [InlineData("half a surrogate pair", """{"alsoKnownAs":["\ud800"]}""")]
    [InlineData("half a surrogate pair in a name", """{"verificationMethods":{"\udc00":"x"}}""")]
    [InlineData("no signature", """{"sig":null}""")]
    public void Json_that_is_not_exactly_an_operation_is_refused(string what, string change)
    {
        var json = Merge(Good.ToJson(), change);
        var fault = Assert.Throws<PlcFaultException>(() => SignedPlcOperation.FromJson(json));
        Assert.True(fault.Fault == PlcFault.Malformed, what);
    }

    [Theory]
    [InlineData("type")]
    [InlineData("rotationKeys")]
    [InlineData("verificationMethods")]
    [InlineData("alsoKnownAs")]
    [InlineData("services")]
    [InlineData("prev")]
    [InlineData("sig")]
    public void Every_field_must_be_there_once(string field)
    {
        var missing = JsonObject.Create(Good.ToJson())!;
        missing.Remove(field);
        Assert.Throws<PlcFaultException>(() => SignedPlcOperation.FromJson(JsonSerializer.SerializeToElement(missing)));

        var text = Good.ToJson().GetRawText();
        var value = Good.ToJson().GetProperty(field).GetRawText();
        var twice = JsonElement.Parse($$"""{"{{field}}":{{value}},{{text[1..]}}""");
        Assert.Throws<PlcFaultException>(() => SignedPlcOperation.FromJson(twice));
    }

    [Fact]
    public void Nothing_but_an_object_is_an_operation()
    {
        Assert.Throws<PlcFaultException>(() => SignedPlcOperation.FromJson(JsonElement.Parse("[]")));
        Assert.Throws<PlcFaultException>(() => SignedPlcOperation.FromJson(JsonElement.Parse("null")));
    }

    [Fact]
    public void Operations_larger_than_any_directory_would_store_are_refused()
    {
        var many = JsonSerializer.Serialize(new { rotationKeys = Enumerable.Repeat("x", 33) });
        Assert.Equal(PlcFault.TooLarge, Refused(many));
        var large = JsonSerializer.Serialize(new { alsoKnownAs = new[] { new string('x', 17_000) } });
        Assert.Equal(PlcFault.TooLarge, Refused(large));

        static PlcFault Refused(string change) =>
            Assert.Throws<PlcFaultException>(() => SignedPlcOperation.FromJson(Merge(Good.ToJson(), change))).Fault;
    }

    private static JsonElement Merge(JsonElement json, string change)
    {
        var fields = json.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetRawText());
        foreach (var property in JsonElement.Parse(change).EnumerateObject()) fields[property.Name] = property.Value.GetRawText();
        return JsonElement.Parse("{" + string.Join(",", fields.Select(f => $"\"{f.Key}\":{f.Value}")) + "}");
    }
}
