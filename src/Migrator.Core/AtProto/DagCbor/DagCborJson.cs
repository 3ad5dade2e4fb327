using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.DagCbor;

/// <summary>
/// The JSON form of AT Protocol data, both ways: a link is <c>{"$link":"bafy…"}</c>, bytes are <c>{"$bytes":"base64"}</c>, all else
/// is what it looks like. Source: atproto.com/specs/data-model.
/// </summary>
public static class DagCborJson
{
    /// <summary>Writes one item as JSON.</summary>
    /// <exception cref="RepoFaultException">The bytes are not one valid item; what was already written must be thrown away.</exception>
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> cbor)
    {
        var reader = new DagCborReader(cbor);
        var visitor = new DagCborJsonVisitor(writer);
        DagCborWalker.Walk(ref reader, ref visitor);
        reader.ExpectEnd();
    }

    /// <summary>One item as JSON text, for people.</summary>
    /// <exception cref="RepoFaultException">The bytes are not one valid item.</exception>
    public static string ToText(ReadOnlySpan<byte> cbor, bool indented = false)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented })) Write(writer, cbor);
        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>The canonical DAG-CBOR of a JSON value.</summary>
    /// <exception cref="FormatException">
    /// The JSON has no place in the data model: a number that is not a 64-bit integer, a malformed <c>$link</c>, <c>$bytes</c> or
    /// <c>$type</c>, a field twice, nesting beyond <see cref="DagCborLimits.MaxDepth"/>.
    /// </exception>
    public static byte[] FromJson(JsonElement json)
    {
        var writer = new DagCborWriter();
        Convert(writer, json, 0);
        return writer.ToArray();
    }

    private static void Convert(DagCborWriter writer, JsonElement json, int depth)
    {
        if (depth > DagCborLimits.MaxDepth) throw new FormatException("The JSON is nested too deeply.");
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                ConvertObject(writer, json, depth);
                break;
            case JsonValueKind.Array:
                writer.BeginArray();
                foreach (var element in json.EnumerateArray()) Convert(writer, element, depth + 1);
                writer.EndArray();
                break;
            case JsonValueKind.String:
                writer.WriteText(Text(json));
                break;
            case JsonValueKind.Number:
                writer.WriteInteger(Integer(json));
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(json.GetBoolean());
                break;
            case JsonValueKind.Null:
                writer.WriteNull();
                break;
            default:
                throw new FormatException("There is no JSON value.");
        }
    }

    private static void ConvertObject(DagCborWriter writer, JsonElement json, int depth)
    {
        var fields = Fields(json);
        if (fields.TryGetValue("$link", out var link))
        {
            writer.WriteLink(Link(fields.Count, link));
            return;
        }
        if (fields.TryGetValue("$bytes", out var bytes))
        {
            writer.WriteBytes(Base64(fields.Count, bytes));
            return;
        }
        if (fields.TryGetValue("$type", out var type)) CheckType(fields, type);

        writer.BeginMap();
        foreach (var (name, value) in fields)
        {
            writer.WriteKey(name);
            Convert(writer, value, depth + 1);
        }
        writer.EndMap();
    }

    private static Dictionary<string, JsonElement> Fields(JsonElement json)
    {
        var fields = new Dictionary<string, JsonElement>();
        foreach (var property in json.EnumerateObject())
        {
            if (!fields.TryAdd(Name(property), property.Value)) throw new FormatException("An object has the same field twice.");
        }
        return fields;
    }

    /// <summary>JSON knows one kind of number, so 123.0 is the integer 123.</summary>
    private static long Integer(JsonElement json)
    {
        if (json.TryGetInt64(out var number)) return number;
        var integral = json.TryGetDecimal(out var value) && decimal.IsInteger(value) && value is >= long.MinValue and <= long.MaxValue;
        return integral ? (long)value : throw new FormatException("A number is not a 64-bit integer.");
    }

    private static Cid Link(int fieldCount, JsonElement link)
    {
        if (fieldCount != 1) throw new FormatException("A $link has other fields beside it.");
        if (link.ValueKind != JsonValueKind.String || !Cid.TryParse(Text(link), out var cid)) throw new FormatException("A $link is not a CID.");
        return cid;
    }

    private static byte[] Base64(int fieldCount, JsonElement bytes)
    {
        if (fieldCount != 1) throw new FormatException("$bytes has other fields beside it.");
        if (bytes.ValueKind != JsonValueKind.String) throw new FormatException("$bytes is not base64.");
        var text = Text(bytes);
        if (text.Length % 4 != 0) text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var result = new byte[text.Length / 4 * 3];
        if (!System.Convert.TryFromBase64String(text, result, out var length)) throw new FormatException("$bytes is not base64.");
        return result[..length];
    }

    private static void CheckType(Dictionary<string, JsonElement> fields, JsonElement type)
    {
        if (type.ValueKind != JsonValueKind.String || Text(type).Length == 0) throw new FormatException("A $type is not a name.");
        if (Text(type) != "blob") return;
        var valid = Has("ref", JsonValueKind.Object) && Has("mimeType", JsonValueKind.String) && Has("size", JsonValueKind.Number);
        if (!valid) throw new FormatException("A blob reference lacks its ref, mimeType or size.");

        bool Has(string name, JsonValueKind kind) => fields.TryGetValue(name, out var value) && value.ValueKind == kind;
    }

    private static string Text(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("A text is not valid Unicode.", e);
        }
    }

    private static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException("The name of a field is not valid Unicode.", e);
        }
    }
}
