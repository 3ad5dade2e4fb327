using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Writes a JSON request body.</summary>
public static class JsonBody
{
    /// <summary>Writes the members of one object, now; the result can be sent any number of times.</summary>
    public static Func<HttpContent> Of(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }
        return FromBytes(buffer.WrittenMemory.ToArray());
    }

    /// <summary>Sends a JSON value as it is.</summary>
    public static Func<HttpContent> Of(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) value.WriteTo(writer);
        return FromBytes(buffer.WrittenMemory.ToArray());
    }

    private static Func<HttpContent> FromBytes(byte[] bytes) => () => new ByteArrayContent(bytes)
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
    };
}
