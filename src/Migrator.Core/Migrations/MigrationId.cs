namespace Migrator.Core.Migrations;

/// <summary>Names one migration. Text form: 32 lower-case hex digits, safe in a URL and as a folder name.</summary>
public readonly record struct MigrationId(Guid Value)
{
    public static MigrationId New() => new(Guid.NewGuid());

    public static bool TryParse(string? text, out MigrationId id)
    {
        var ok = Guid.TryParseExact(text, "N", out var value);
        id = new MigrationId(value);
        return ok;
    }

    public override string ToString() => Value.ToString("N");
}
