using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrator.Core.Drills;

/// <summary>The report as JSON: camelCase, enums by name, what is null left out. Unknown members are ignored when it is read.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DrillReport))]
public sealed partial class DrillJson : JsonSerializerContext
{
    public static string Write(DrillReport report) => JsonSerializer.Serialize(report, Default.DrillReport);

    /// <exception cref="JsonException">Not a report.</exception>
    public static DrillReport Read(string json) =>
        JsonSerializer.Deserialize(json, Default.DrillReport) ?? throw new JsonException("The report is null.");
}
