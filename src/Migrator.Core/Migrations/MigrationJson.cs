using System.Text.Json;
using System.Text.Json.Serialization;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations;

/// <summary>
/// The stored form of <see cref="MigrationRequest"/> and <see cref="MigrationProgress"/>: camelCase JSON, enums by name,
/// identifiers as their text. Unknown members are ignored, so that an older program can read what a newer one wrote.
/// </summary>
public static class MigrationJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
            new SpanParsableConverter<Did>(),
            new SpanParsableConverter<Handle>(),
            new SpanParsableConverter<Cid>(),
        },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="JsonException">Not such a document.</exception>
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("The document is null.");
}

/// <summary>Identifiers as JSON strings; text that is none is refused with the JSON path.</summary>
internal sealed class SpanParsableConverter<T> : JsonConverter<T>
    where T : struct, ISpanParsable<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.TryParse(reader.GetString(), null, out var value) ? value : throw new JsonException($"Not a {typeof(T).Name}.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
