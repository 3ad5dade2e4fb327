using Migrator.Core.Vaults;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Backups;

namespace Migrator.Jobs.Backups;

internal sealed partial class BackupService
{
    private const string NoVault = "There is no such vault.";

    public async Task<IReadOnlyList<VaultView>> ListVaultsAsync(string owner, CancellationToken ct)
    {
        var totals = await stores.Vaults.TotalsAsync(owner, ct);
        var plans = await stores.Plans.ListAsync(owner, ct);
        return [.. (await stores.Vaults.ListAsync(owner, ct))
            .Select(vault => BackupViews.Vault(vault, totals.GetValueOrDefault(vault.Id), plans))];
    }

    public async Task<ServiceResult<VaultView>> GetVaultAsync(string owner, string id, CancellationToken ct) =>
        (await ListVaultsAsync(owner, ct)).FirstOrDefault(vault => vault.Id == id) is { } view
            ? ServiceResult<VaultView>.Ok(view)
            : ServiceResult<VaultView>.NotFound(NoVault);

    public async Task<ServiceResult<VaultView>> AddVaultAsync(string owner, AddVault command, CancellationToken ct)
    {
        if (ReadSettings<VaultView>(command, out var settings, out var credentials) is { } invalid)
            return invalid;
        await using var vault = stores.VaultFactory.Open(settings, credentials);
        var trial = BackupViews.Trial(await vault.TryOutAsync(ct), time.GetUtcNow());
        if (!trial.Works)
            return ServiceResult<VaultView>.Invalid(PlaceField(command), trial.Message);
        VaultMarker marker;
        try
        {
            marker = await VaultMarker.ReadOrCreateAsync(vault, ct);
        }
        catch (VaultException problem)
        {
            return ServiceResult<VaultView>.Invalid(PlaceField(command), problem.Message);
        }

        var stored = new StoredVault(NewId(), owner, command.Name!.Trim(), settings, vault.Name, marker.Id, trial, time.GetUtcNow());
        return await stores.Vaults.AddAsync(stored, credentials, new AuditEntry(owner, "vault.add", vault.Name), ct)
            ? await GetVaultAsync(owner, stored.Id, ct)
            : ServiceResult<VaultView>.Invalid(PlaceField(command), "You have this vault already.");
    }

    public async Task<ServiceResult<VaultView>> ChangeVaultAsync(string owner, string id, ChangeVault command, CancellationToken ct)
    {
        if (Check<VaultView, ChangeVault>(new ChangeVaultValidator(), command) is { } invalid)
            return invalid;
        if (await stores.Vaults.FindAsync(owner, id, ct) is not { } vault)
            return ServiceResult<VaultView>.NotFound(NoVault);
        VaultCredentials? credentials = null;
        if (!string.IsNullOrEmpty(command.AccessKey))
        {
            credentials = new VaultCredentials(command.AccessKey.Trim(), command.SecretKey!.Trim());
            await using var opened = stores.VaultFactory.Open(vault.Settings, credentials);
            if ((await opened.TryOutAsync(ct)).Problem is { } problem)
                return ServiceResult<VaultView>.Invalid(nameof(command.AccessKey), problem.Message);
        }

        await stores.Vaults.ChangeAsync(vault with { Name = command.Name!.Trim() }, credentials, new AuditEntry(owner, "vault.change"), ct);
        return await GetVaultAsync(owner, id, ct);
    }

    public async Task<ServiceResult<VaultView>> RemoveVaultAsync(string owner, string id, CancellationToken ct)
    {
        if (await stores.Vaults.FindAsync(owner, id, ct) is not { } vault || await GetVaultAsync(owner, id, ct) is not { IsOk: true } view)
            return ServiceResult<VaultView>.NotFound(NoVault);
        return await stores.Vaults.RemoveAsync(vault, new AuditEntry(owner, "vault.remove", vault.Place), ct)
            ? view
            : ServiceResult<VaultView>.Conflict("A plan writes to this vault. Take it out of the plan first.");
    }

    public async Task<ServiceResult<VaultTrialView>> TryVaultAsync(string owner, AddVault command, CancellationToken ct)
    {
        if (ReadSettings<VaultTrialView>(command, out var settings, out var credentials) is { } invalid)
            return invalid;
        await using var vault = stores.VaultFactory.Open(settings, credentials);
        return ServiceResult<VaultTrialView>.Ok(BackupViews.Trial(await vault.TryOutAsync(ct), time.GetUtcNow()));
    }

    public async Task<ServiceResult<VaultTrialView>> TryVaultAsync(string owner, string id, CancellationToken ct)
    {
        if (await stores.Vaults.FindAsync(owner, id, ct) is not { } stored)
            return ServiceResult<VaultTrialView>.NotFound(NoVault);
        await using var vault = await stores.Vaults.OpenAsync(stored, ct);
        var trial = BackupViews.Trial(await vault.TryOutAsync(ct), time.GetUtcNow());
        if (trial.Works)
        {
            try
            {
                await VaultMarker.ConfirmAsync(vault, stored.Marker, ct);
            }
            catch (VaultException swapped)
            {
                trial = trial with { Works = false, Message = swapped.Message };
            }
        }

        await stores.Vaults.NoteTrialAsync(id, trial, ct);
        return ServiceResult<VaultTrialView>.Ok(trial);
    }

    private static string PlaceField(AddVault command) => command.Kind == "s3" ? nameof(command.Endpoint) : nameof(command.Folder);

    /// <summary>Null when the settings can be used.</summary>
    private static ServiceResult<T>? ReadSettings<T>(AddVault command, out VaultSettings settings, out VaultCredentials? credentials)
        where T : class
    {
        (settings, credentials) = (new FileVaultSettings(""), null);
        if (Check<T, AddVault>(new AddVaultValidator(), command) is { } invalid)
            return invalid;
        if (command.Kind == "file")
        {
            settings = new FileVaultSettings(Path.TrimEndingDirectorySeparator(Path.GetFullPath(command.Folder!.Trim())));
        }
        else
        {
            ServerAddress.TryRead(command.Endpoint, out var endpoint);
            var region = string.IsNullOrWhiteSpace(command.Region) ? "us-east-1" : command.Region.Trim();
            var prefix = command.Prefix?.Trim() ?? "";
            settings = new S3VaultSettings(
                endpoint,
                region,
                command.Bucket!.Trim(),
                prefix.Length == 0 || prefix.EndsWith('/') ? prefix : prefix + "/",
                command.PathStyle);
            credentials = new VaultCredentials(command.AccessKey!.Trim(), command.SecretKey!.Trim());
        }

        var problems = settings.FindProblems();
        return problems.Count == 0
            ? null
            : ServiceResult<T>.Invalid([.. problems.Select(problem => new FieldProblem(PlaceField(command), problem))]);
    }
}
