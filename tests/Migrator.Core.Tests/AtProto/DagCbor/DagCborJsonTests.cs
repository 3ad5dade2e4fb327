using System.Text.Json;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.DagCbor;

public class DagCborJsonTests
{
    [Fact]
    public void The_data_model_fixtures_hold_both_ways()
    {
        foreach (var fixture in Fixtures("data-model-fixtures.json"))
        {
            var expected = FromBase64(fixture.GetProperty("cbor_base64").GetString()!);
            var cbor = DagCborJson.FromJson(fixture.GetProperty("json"));
            Assert.Equal(expected, cbor);
            Assert.Equal(fixture.GetProperty("cid").GetString(), Cid.ForDagCbor(cbor).ToString());
            using var back = JsonDocument.Parse(DagCborJson.ToText(cbor));
            Assert.True(JsonElement.DeepEquals(fixture.GetProperty("json"), back.RootElement));
        }
    }

    [Fact]
    public void Valid_JSON_data_is_accepted()
    {
        foreach (var fixture in Fixtures("data-model-valid.json"))
        {
            var cbor = DagCborJson.FromJson(fixture.GetProperty("json"));
            var reader = new DagCborReader(cbor);
            reader.Skip();
            reader.ExpectEnd();
        }
    }

    [Fact]
    public void Invalid_JSON_data_is_refused()
    {
        foreach (var fixture in Fixtures("data-model-invalid.json"))
        {
            var json = fixture.GetProperty("json");
            // A lone text is a valid item; that a record is a map is checked where records are.
            if (json.ValueKind != JsonValueKind.Object) continue;
            var note = fixture.GetProperty("note").GetString();
            Assert.True(Refuses(json.GetRawText()), note);
        }
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e300")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""{"$bytes":"a"}""")]
    [InlineData("""{"$bytes":"@@@@"}""")]
    [InlineData("""{"$type":7}""")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\ud800\":1}")]
    public void What_the_data_model_lacks_is_refused(string json) => Assert.True(Refuses(json));

    [Theory]
    [InlineData("""{"$bytes":"AQID"}""", "43010203")]
    [InlineData("""{"$bytes":"AQI="}""", "420102")]
    [InlineData("""{"$bytes":"AQI"}""", "420102")]
    [InlineData("""{"$bytes":""}""", "40")]
    [InlineData("""{"b":1,"a":-1.0}""", "a26161206162 01")]
    public void JSON_becomes_canonical_bytes(string json, string hex)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(hex.Replace(" ", ""), Convert.ToHexStringLower(DagCborJson.FromJson(document.RootElement)));
    }

    [Fact]
    public void JSON_nested_too_deeply_is_refused()
    {
        var json = new string('[', 70) + new string(']', 70);
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 100 });
        Assert.Throws<FormatException>(() => DagCborJson.FromJson(document.RootElement));
    }

    [Fact]
    public void Damaged_bytes_have_no_JSON() => Assert.Throws<RepoFaultException>(() => DagCborJson.ToText([0xa1, 0x61, 0x61]));

    [Fact]
    public void Bytes_after_the_item_have_no_JSON() => Assert.Throws<RepoFaultException>(() => DagCborJson.ToText([0xa0, 0xa0]));

    private static bool Refuses(string json)
    {
        using var document = JsonDocument.Parse(json);
        try
        {
            DagCborJson.FromJson(document.RootElement);
            return false;
        }
        catch (FormatException)
        {
            return true;
        }
    }

    private static List<JsonElement> Fixtures(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestVectors.Path($"atproto-interop/data-model/{name}")));
        return [.. document.RootElement.EnumerateArray().Select(e => e.Clone())];
    }

    private static byte[] FromBase64(string text) => Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
}
