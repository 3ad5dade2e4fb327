using Migrator.Core.Migrations;

namespace Migrator.Jobs.Storage;

/// <summary>A row of <c>migration</c> with both documents.</summary>
internal sealed class MigrationRow
{
    public const string Columns = "id, owner, request, request_version, progress, created_at, updated_at";

    public string Id { get; init; } = "";

    public string Owner { get; init; } = "";

    public string Request { get; init; } = "";

    public long RequestVersion { get; init; }

    public string Progress { get; init; } = "";

    public long CreatedAt { get; init; }

    public long UpdatedAt { get; init; }

    public Migration ToMigration() => new(
        MigrationId.TryParse(Id, out var id) ? id : throw new FormatException("A migration's id is not an id."),
        Owner,
        MigrationJson.Read<MigrationRequest>(Request),
        RequestVersion,
        MigrationJson.Read<MigrationProgress>(Progress),
        CreatedAt.ToTime(),
        UpdatedAt.ToTime());
}
