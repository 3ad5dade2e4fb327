using System.Text.Json;
using System.Text.Json.Serialization;

namespace Migrator.Core.Doctor;

/// <summary>The report as JSON. Generated at build time: a command that ends after 100 ms has none to spare for reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CheckReport))]
public sealed partial class CheckJson : JsonSerializerContext
{
    public static byte[] Write(CheckReport report) => JsonSerializer.SerializeToUtf8Bytes(report, Default.CheckReport);
}
