using System.Text.Json;

namespace Migrator.Jobs.Migrations;

/// <summary>
/// Everything a person can do with a migration. Pages and API call this and nothing else; each command is checked by its validator here,
/// so both answer alike. <c>owner</c> is who is signed in: another owner's migration is "not found".
/// </summary>
public interface IMigrationService
{
    /// <summary>
    /// Resolves the account both ways and stores a draft. An unfinished migration of the same account is returned instead of a second one.
    /// </summary>
    Task<ServiceResult<MigrationView>> CreateAsync(string owner, CreateMigration command, CancellationToken ct);

    Task<IReadOnlyList<MigrationListItem>> ListAsync(string owner, CancellationToken ct);

    Task<ServiceResult<MigrationView>> GetAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<MigrationView>> ChooseTargetAsync(string owner, string id, ChooseTarget command, CancellationToken ct);

    /// <summary>Signs in to the old server at once; the password is used and dropped, the tokens are sealed.</summary>
    Task<ServiceResult<MigrationView>> SignInSourceAsync(string owner, string id, SignIn command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> SignInTargetAsync(string owner, string id, SignIn command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> ChooseAccountAsync(string owner, string id, ChooseAccount command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> BringRecoveryKeyAsync(string owner, string id, BringRecoveryKey command, CancellationToken ct);

    Task<ServiceResult<RecoveryKit>> MakeRecoveryKeyAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<MigrationView>> ProveRecoveryKeyAsync(string owner, string id, ProveRecoveryKey command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> StartAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<MigrationView>> AcceptMissingAsync(string owner, string id, AcceptMissingBlobs command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> GoAsync(string owner, string id, GiveGo command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> GiveCodeAsync(string owner, string id, GiveCode command, CancellationToken ct);

    Task<ServiceResult<MigrationView>> AskCodeAgainAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<MigrationView>> PauseAsync(string owner, string id, CancellationToken ct);

    /// <summary>Also "try again now" for every hold that the person can lift by trying.</summary>
    Task<ServiceResult<MigrationView>> ResumeAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<MigrationView>> CancelAsync(string owner, string id, CancellationToken ct);

    Task<ServiceResult<MigrationView>> TakeWayBackAsync(string owner, string id, TakeWayBack command, CancellationToken ct);

    /// <summary>The parity report as stored: a JSON document (Core/Parity/ParityReport.cs).</summary>
    Task<ServiceResult<ReportFile>> GetReportAsync(string owner, string id, CancellationToken ct);
}

public sealed record ReportFile(JsonDocument Json, DateTimeOffset At);
