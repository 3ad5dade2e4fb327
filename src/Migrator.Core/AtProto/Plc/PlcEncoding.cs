using System.Text.Json;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>Writes the fields of an operation as DAG-CBOR (what is hashed and signed) and as JSON (what is sent).</summary>
/// <remarks>
/// Unlike records, operations know no links and no bytes: CIDs and signatures are text, and a field called <c>$link</c> has no
/// special meaning. Values are null, text, a list of texts, or a map of texts or services.
/// </remarks>
internal static class PlcEncoding
{
    internal static byte[] ToCbor(IEnumerable<KeyValuePair<string, object?>> fields)
    {
        var writer = new DagCborWriter();
        WriteMap(writer, fields);
        return writer.ToArray();
    }

    internal static JsonElement ToJson(IEnumerable<KeyValuePair<string, object?>> fields)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) WriteMap(json, fields);
        return JsonElement.Parse(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteMap(DagCborWriter writer, IEnumerable<KeyValuePair<string, object?>> fields)
    {
        writer.BeginMap();
        foreach (var (name, value) in fields)
        {
            writer.WriteKey(name);
            switch (value)
            {
                case null:
                    writer.WriteNull();
                    break;
                case string text:
                    writer.WriteText(text);
                    break;
                case IReadOnlyList<string> list:
                    writer.BeginArray();
                    foreach (var text in list) writer.WriteText(text);
                    writer.EndArray();
                    break;
                default:
                    WriteMap(writer, AsFields(value));
                    break;
            }
        }
        writer.EndMap();
    }

    private static void WriteMap(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> fields)
    {
        json.WriteStartObject();
        foreach (var (name, value) in fields)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case null:
                    json.WriteNullValue();
                    break;
                case string text:
                    json.WriteStringValue(text);
                    break;
                case IReadOnlyList<string> list:
                    json.WriteStartArray();
                    foreach (var text in list) json.WriteStringValue(text);
                    json.WriteEndArray();
                    break;
                default:
                    WriteMap(json, AsFields(value));
                    break;
            }
        }
        json.WriteEndObject();
    }

    private static IEnumerable<KeyValuePair<string, object?>> AsFields(object map) => map switch
    {
        IReadOnlyDictionary<string, string> texts => texts.Select(p => KeyValuePair.Create(p.Key, (object?)p.Value)),
        IReadOnlyDictionary<string, ServiceEntry> services => services.Select(p => KeyValuePair.Create(p.Key, (object?)p.Value)),
        ServiceEntry service => [new("type", service.Type), new("endpoint", service.Endpoint)],
        _ => throw new ArgumentException($"An operation has no field of type {map.GetType().Name}.", nameof(map)),
    };
}
