using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Migrator.Core.AtProto.Plc;

namespace Migrator.Core.Backups;

/// <summary>Writes a replayed operation log in the form of the directory's <c>/log/audit</c>, so that any tool can replay it again.</summary>
internal static class AuditLogJson
{
    public static JsonElement Write(PlcHistory history)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var entry in history.Entries)
            {
                json.WriteStartObject();
                json.WriteString("did", history.Did.ToString());
                json.WritePropertyName("operation");
                entry.Operation.ToJson().WriteTo(json);
                json.WriteString("cid", entry.Cid.ToString());
                json.WriteBoolean("nullified", entry.Nullified);
                json.WriteString("createdAt", entry.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }
}
