using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Migrator.Jobs.Storage;

/// <summary>One step of the schema, from the embedded file <c>Schema/NNNN_name.(postgres|sqlite).sql</c>.</summary>
/// <param name="Checksum">SHA-256 of the text: a script that was applied once must never change.</param>
internal sealed record SchemaScript(int Number, string Name, string Sql, string Checksum)
{
    private const string Folder = "Migrator.Jobs.Storage.Schema.";

    /// <summary>The scripts of this program for a provider, in their order.</summary>
    public static IReadOnlyList<SchemaScript> LoadAll(DatabaseProvider provider)
    {
        var ending = provider == DatabaseProvider.Postgres ? ".postgres.sql" : ".sqlite.sql";
        var assembly = typeof(SchemaScript).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(ending, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name => Load(name, ending)),
        ];
    }

    public static SchemaScript Create(int number, string name, string sql) =>
        new(number, name, sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));

    private static SchemaScript Load(string resource, string ending)
    {
        using var reader = new StreamReader(typeof(SchemaScript).Assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var file = resource[Folder.Length..^ending.Length];
        return Create(int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file[5..], reader.ReadToEnd());
    }
}
