using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Migrator.Core.Parity;

/// <summary>JSON with sorted keys and no white space: two documents are equal exactly when these bytes are.</summary>
public static class CanonicalJson
{
    public static byte[] Write(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, element);
        return buffer.WrittenSpan.ToArray();
    }

    /// <returns>SHA-256 of the canonical bytes, 64 lower-case hex digits.</returns>
    public static string Hash(JsonElement element) => Convert.ToHexStringLower(SHA256.HashData(Write(element)));

    private static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
