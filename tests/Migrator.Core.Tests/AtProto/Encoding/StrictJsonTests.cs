using System.Text.Json;
using Migrator.Core.AtProto.Encoding;
using Xunit;
using Utf8 = System.Text.Encoding;

namespace Migrator.Core.Tests.AtProto.Encoding;

public class StrictJsonTests
{
    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":"\udc00"}""")]
    [InlineData("""{"a":"\uD800x\uDC00"}""")]
    [InlineData("""{"a":"\ud800\ud800\udc00"}""")]
    [InlineData("""{"a":"\ud83d\ude00\ude00"}""")]
    [InlineData("""{"a":"\ud800\\udc00"}""")]
    [InlineData("""{"a":"\\\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"\ud800":1,"b":2,"\ud800":3}""")]
    [InlineData("""["\udbff"]""")]
    [InlineData("\"\\ud800\"")]
    public void Half_a_surrogate_pair_is_no_text(string json) => Assert.ThrowsAny<JsonException>(() => Parse(json));

    [Theory]
    [InlineData("""{"a":"\ud83d\ude00"}""", "😀")]
    [InlineData("""{"a":"\uD83D\uDE00 \u00e9"}""", "😀 é")]
    [InlineData("""{"a":"😀"}""", "😀")]
    [InlineData("""{"a":"\\ud800"}""", "\\ud800")]
    [InlineData("""{"a":"\\\\ud800\\"}""", "\\\\ud800\\")]
    [InlineData("""{"a":"\u005cud800"}""", "\\ud800")]
    [InlineData("""{"a":"\"\/\b\f\n\r\t"}""", "\"/\b\f\n\r\t")]
    public void Every_other_escape_is_read(string json, string text)
    {
        using var document = Parse(json);
        Assert.Equal(text, document.RootElement.GetProperty("a").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\\")]
    [InlineData("\\u")]
    [InlineData("""{"a":"\""")]
    [InlineData("""{"a":"\ud8""")]
    [InlineData("""{"a":"\ud8zz"}""")]
    [InlineData("""{"a":"\u+123"}""")]
    [InlineData("""{"a":1}\ud800""")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("[[[[[]]]]]")]
    [InlineData("{} {}")]
    [InlineData("NaN")]
    public void What_is_not_json_is_said_to_be_none(string json) => Assert.ThrowsAny<JsonException>(() => Parse(json));

    [Fact]
    public void Bytes_that_are_not_utf8_are_no_text()
    {
        Assert.ThrowsAny<JsonException>(() => StrictJson.Parse(new byte[] { (byte)'"', 0xff, (byte)'"' }, 4));
        Assert.ThrowsAny<JsonException>(() => StrictJson.Parse(new byte[] { (byte)'"', 0xed, 0xa0, 0x80, (byte)'"' }, 4)); // U+D800
    }

    [Fact]
    public void Whatever_is_parsed_can_be_read_whole()
    {
        var random = new Random(20261122);
        string[] pieces = ["\\", "u", "d800", "dc00", "D83D", "\"", "a", "é", "\\ud83d\\ude00", ":", ",", "{", "}", "[", "]", "0", "n"];
        var parsed = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var text = "[\"" + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)])) + "\"]";
            try
            {
                using var document = Parse(text);
                ReadAll(document.RootElement);
                parsed++;
            }
            catch (JsonException)
            {
                // Refused, which is one of the two things that may happen.
            }
        }
        Assert.True(parsed > 500, $"only {parsed} of the made-up texts were JSON");
    }

    private static void ReadAll(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.String) Assert.NotNull(json.GetString());
        if (json.ValueKind == JsonValueKind.Array)
            foreach (var item in json.EnumerateArray()) ReadAll(item);
        if (json.ValueKind != JsonValueKind.Object) return;
        foreach (var property in json.EnumerateObject())
        {
            Assert.NotNull(property.Name);
            ReadAll(property.Value);
        }
    }

    private static JsonDocument Parse(string json) => StrictJson.Parse(Utf8.UTF8.GetBytes(json), 4);
}
