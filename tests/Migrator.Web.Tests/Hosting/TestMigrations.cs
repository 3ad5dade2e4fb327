using System.Collections.Concurrent;
using System.Text.Json;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Migrations as a test puts them there. Every command is noted; what it answers can be set.</summary>
public sealed class TestMigrations : IMigrationService
{
    public ConcurrentDictionary<string, MigrationView> Views { get; } = new();

    public ConcurrentQueue<(string Name, object? Command)> Commands { get; } = new();

    /// <summary>What the next commands answer; null: the migration as it stands.</summary>
    public ServiceResult<MigrationView>? Answer { get; set; }

    public JsonDocument? Report { get; set; }

    public RecoveryKit? Kit { get; set; }

    /// <summary>Thrown by every read, where set.</summary>
    public Exception? Fault { get; set; }

    public string Put(MigrationView view)
    {
        Views[view.Id] = view;
        return view.Id;
    }

    public Task<ServiceResult<MigrationView>> CreateAsync(string owner, CreateMigration command, CancellationToken ct)
    {
        Commands.Enqueue(("create", command));
        if (Answer is not null)
            return Task.FromResult(Answer);
        var view = Sample.Draft();
        Put(view);
        return Task.FromResult(ServiceResult<MigrationView>.Ok(view));
    }

    public Task<IReadOnlyList<MigrationListItem>> ListAsync(string owner, CancellationToken ct) => Task.FromResult<IReadOnlyList<MigrationListItem>>(
        [.. Views.Values.OrderByDescending(view => view.CreatedAt).Select(view => new MigrationListItem(
            view.Id, view.Did, view.Handle, view.SourcePds, view.Target?.Pds, view.State, view.Hold, view.CreatedAt, view.UpdatedAt)
        {
            Kind = view.Kind,
            IdentityWarning = view.IdentityWarning,
        })]);

    public Task<ServiceResult<MigrationView>> GetAsync(string owner, string id, CancellationToken ct)
    {
        if (Fault is not null)
            throw Fault;
        return Task.FromResult(Views.TryGetValue(id, out var view) ? ServiceResult<MigrationView>.Ok(view) : ServiceResult<MigrationView>.NotFound());
    }

    public Task<ServiceResult<MigrationView>> ChooseTargetAsync(string owner, string id, ChooseTarget command, CancellationToken ct) => NoteAsync("target", id, command);

    public Task<ServiceResult<MigrationView>> SignInSourceAsync(string owner, string id, SignIn command, CancellationToken ct) => NoteAsync("source-session", id, command);

    public Task<ServiceResult<MigrationView>> SignInTargetAsync(string owner, string id, SignIn command, CancellationToken ct) => NoteAsync("target-session", id, command);

    public Task<ServiceResult<MigrationView>> ChooseAccountAsync(string owner, string id, ChooseAccount command, CancellationToken ct) => NoteAsync("account", id, command);

    public Task<ServiceResult<MigrationView>> BringRecoveryKeyAsync(string owner, string id, BringRecoveryKey command, CancellationToken ct) => NoteAsync("recovery-key", id, command);

    public Task<ServiceResult<RecoveryKit>> MakeRecoveryKeyAsync(string owner, string id, CancellationToken ct)
    {
        Commands.Enqueue(("recovery-key/made", null));
        return Task.FromResult(Kit is { } kit ? ServiceResult<RecoveryKit>.Ok(kit) : ServiceResult<RecoveryKit>.Conflict("A key cannot be made now."));
    }

    public Task<ServiceResult<MigrationView>> ProveRecoveryKeyAsync(string owner, string id, ProveRecoveryKey command, CancellationToken ct) => NoteAsync("recovery-key/proof", id, command);

    public Task<ServiceResult<MigrationView>> StartAsync(string owner, string id, CancellationToken ct) => NoteAsync("start", id, null);

    public Task<ServiceResult<MigrationView>> AcceptMissingAsync(string owner, string id, AcceptMissingBlobs command, CancellationToken ct) => NoteAsync("missing-blobs", id, command);

    public Task<ServiceResult<MigrationView>> GoAsync(string owner, string id, GiveGo command, CancellationToken ct) => NoteAsync("go", id, command);

    public Task<ServiceResult<MigrationView>> GiveCodeAsync(string owner, string id, GiveCode command, CancellationToken ct) => NoteAsync("code", id, command);

    public Task<ServiceResult<MigrationView>> AskCodeAgainAsync(string owner, string id, CancellationToken ct) => NoteAsync("code/again", id, null);

    public Task<ServiceResult<MigrationView>> PauseAsync(string owner, string id, CancellationToken ct) => NoteAsync("pause", id, null);

    public Task<ServiceResult<MigrationView>> ResumeAsync(string owner, string id, CancellationToken ct) => NoteAsync("resume", id, null);

    public Task<ServiceResult<MigrationView>> CancelAsync(string owner, string id, CancellationToken ct) => NoteAsync("cancel", id, null);

    public Task<ServiceResult<MigrationView>> TakeWayBackAsync(string owner, string id, TakeWayBack command, CancellationToken ct) => NoteAsync("way-back", id, command);

    public Task<ServiceResult<ReportFile>> GetReportAsync(string owner, string id, CancellationToken ct) => Task.FromResult(
        !Views.TryGetValue(id, out var view) ? ServiceResult<ReportFile>.NotFound()
        : Report is null ? ServiceResult<ReportFile>.Conflict("There is no report yet.")
        : ServiceResult<ReportFile>.Ok(new ReportFile(Report, view.UpdatedAt)));

    internal Task<ServiceResult<MigrationView>> NoteAsync(string name, string id, object? command)
    {
        Commands.Enqueue((name, command));
        return Answer is not null ? Task.FromResult(Answer) : GetAsync("", id, CancellationToken.None);
    }
}
