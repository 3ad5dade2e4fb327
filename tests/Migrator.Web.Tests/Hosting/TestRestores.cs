using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>The commands that only a restore has; noted beside those of <see cref="TestMigrations"/>.</summary>
public sealed class TestRestores(TestMigrations migrations) : IRestoreService
{
    public Task<ServiceResult<MigrationView>> CreateRestoreAsync(string owner, CreateMigration command, CancellationToken ct)
    {
        var view = RestoreSample.Draft();
        migrations.Put(view);
        return migrations.NoteAsync("restore", view.Id, command);
    }

    public Task<ServiceResult<MigrationView>> AddFilesAsync(string owner, string id, AddFiles command, CancellationToken ct) => migrations.NoteAsync("files", id, command);

    public async Task<ServiceResult<MigrationView>> UploadAsync(string owner, string id, string? fileName, Stream content, CancellationToken ct)
    {
        using var reader = new StreamReader(content);
        return await migrations.NoteAsync("upload", id, $"{fileName}: {await reader.ReadToEndAsync(ct)}");
    }

    public Task<ServiceResult<MigrationView>> AddOldServerAsync(string owner, string id, AddOldServer command, CancellationToken ct) => migrations.NoteAsync("old-server", id, command);

    public Task<ServiceResult<VaultContents>> LookIntoVaultAsync(string owner, LookIntoVault command, CancellationToken ct) =>
        Task.FromResult(ServiceResult<VaultContents>.Ok(RestoreSample.Contents()));

    public Task<ServiceResult<MigrationView>> AddSnapshotAsync(string owner, string id, AddSnapshot command, CancellationToken ct) => migrations.NoteAsync("snapshot", id, command);

    public Task<ServiceResult<MigrationView>> RemoveSourceAsync(string owner, string id, string sourceId, CancellationToken ct) => migrations.NoteAsync("remove", id, sourceId);

    public Task<ServiceResult<MigrationView>> ChooseRecordsAsync(string owner, string id, ChooseRecords command, CancellationToken ct) => migrations.NoteAsync("records-from", id, command);

    public ServiceResult<RotationKeyName> NameKey(GiveRotationKey command) => ServiceResult<RotationKeyName>.Ok(new RotationKeyName(Sample.Key, "K-256"));

    public Task<ServiceResult<MigrationView>> GiveRotationKeyAsync(string owner, string id, GiveRotationKey command, CancellationToken ct) => migrations.NoteAsync("rotation-key", id, command);

    public Task<ServiceResult<MigrationView>> ChooseKeysAsync(string owner, string id, ChooseKeys command, CancellationToken ct) => migrations.NoteAsync("keys", id, command);

    public Task<ServiceResult<MigrationView>> DecideLogAsync(string owner, string id, DecideLog command, CancellationToken ct) => migrations.NoteAsync("log", id, command);

    public Task<ServiceResult<MigrationView>> GoRestoreAsync(string owner, string id, GiveRestoreGo command, CancellationToken ct) => migrations.NoteAsync("restore-go", id, command);

    public Task<ServiceResult<MigrationView>> GiveOperationAsync(string owner, string id, GiveOperation command, CancellationToken ct) => migrations.NoteAsync("operation", id, command);

    public Task<ServiceResult<MigrationView>> ReleaseAsync(string owner, string id, GiveRestoreGo command, CancellationToken ct) => migrations.NoteAsync("release", id, command);
}
