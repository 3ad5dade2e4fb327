using System.Text.Json;
using System.Text.Json.Serialization;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// JSON of the snapshot format: camelCase, enums by name in kebab-case, identifiers as their text. Reading is strict: no unknown or
/// repeated members, none missing, no null where none may be, no number for a name.
/// </summary>
internal static class StrictJson
{
    private const int MaxDepth = 64;

    public static JsonSerializerOptions Options { get; } = Make();

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <exception cref="JsonException">Not such a document.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("The document is null.");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerOptions.Strict)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            MaxDepth = MaxDepth,
            // Made when the program is built: to look the types up when it runs takes longer than a small backup.
            TypeInfoResolver = StrictJsonTypes.Default,
            Converters =
            {
                new JsonStringEnumConverter<CarKind>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
                new JsonStringEnumConverter<BlobAbsence>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
                new TextConverter<Did>(),
                new TextConverter<Handle>(),
                new TextConverter<Cid>(),
            },
        };
        options.MakeReadOnly();
        return options;
    }

    private sealed class TextConverter<T> : JsonConverter<T>
        where T : struct, ISpanParsable<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), null, out var value)
                ? value
                : throw new JsonException($"Not a {typeof(T).Name}.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}

/// <summary>The documents that <see cref="StrictJson"/> reads and writes; all else about them is in its options.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(SnapshotManifest))]
[JsonSerializable(typeof(ManifestSignatureLine))]
[JsonSerializable(typeof(BlobPage))]
[JsonSerializable(typeof(SourceState))]
[JsonSerializable(typeof(List<KnownAbsence>))]
internal sealed partial class StrictJsonTypes : JsonSerializerContext;
