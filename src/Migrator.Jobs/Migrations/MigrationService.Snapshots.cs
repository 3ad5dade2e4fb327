using Migrator.Core.Age;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Migrations.Gathering;
using Migrator.Core.Vaults;

namespace Migrator.Jobs.Migrations;

/// <summary>Snapshots as sources of a restore: of vaults that this instance knows, and of vaults that it never saw.</summary>
public sealed partial class MigrationService
{
    public async Task<ServiceResult<VaultContents>> LookIntoVaultAsync(string owner, LookIntoVault command, CancellationToken ct)
    {
        if (!AgeIdentity.TryParseFile(command.Key, out var identities))
            return ServiceResult<VaultContents>.Invalid(nameof(command.Key), NotAnIdentity);
        try
        {
            if (command.Vault is { IsBucket: true } bucket)
            {
                var result = new BucketInputValidator().Validate(bucket);
                if (!result.IsValid)
                    return ServiceResult<VaultContents>.Invalid(
                        [.. result.Errors.Select(error =>
                        new FieldProblem($"{nameof(command.Vault)}.{error.PropertyName}", error.ErrorMessage))]);
            }

            var (vault, problem) = await OpenVaultAsync(owner, command.Vault, ct);
            if (vault is null)
                return ServiceResult<VaultContents>.Invalid(nameof(command.Vault), problem!);
            await using (vault)
                return ServiceResult<VaultContents>.Ok(Contents(vault.Name, await SnapshotReader.ListAsync(vault, identities, ct)));
        }
        catch (VaultException problem)
        {
            return ServiceResult<VaultContents>.Unavailable(FieldOf(command.Vault!, problem.Fault), problem.Message);
        }
        finally
        {
            foreach (var identity in identities)
                identity.Dispose();
        }
    }

    public async Task<ServiceResult<MigrationView>> AddSnapshotAsync(string owner, string id, AddSnapshot command, CancellationToken ct)
    {
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).EditSources)
            return Refuse("What is restored from can no longer be changed.");
        var looked = await LookIntoVaultAsync(owner, new LookIntoVault(command.Vault, command.Key), ct);
        if (!looked.IsOk)
            return new ServiceResult<MigrationView>(looked.Outcome, null, looked.Problems);
        var mine = looked.Value!.Accounts.FirstOrDefault(account => account.Did == found.Request.Did.ToString())?.Snapshots ?? [];
        var chosen = command.Snapshot is { } name
            ? mine.FirstOrDefault(snapshot => snapshot.Name == name)
            : mine.FirstOrDefault(snapshot => command.AsOf is not { } asOf || snapshot.TakenAt <= asOf);
        if (chosen is null)
        {
            return ServiceResult<MigrationView>.Invalid(
                command.Snapshot is null && command.AsOf is null ? nameof(command.Vault) : nameof(command.Snapshot),
                mine.Count == 0
                    ? $"The vault holds no snapshot of {found.Request.Did} that this key opens. {looked.Value.Unreadable.Count} snapshots "
                        + "in it did not open."
                    : $"There is no such snapshot; the vault holds {mine.Count}, from {mine[^1].TakenAt:yyyy-MM-dd HH:mm} to "
                        + $"{mine[0].TakenAt:yyyy-MM-dd HH:mm} UTC.");
        }

        var vault = command.Vault!;
        await KeepKeysAsync(found.Id, vault, command.Key!, ct);
        var source = new RestoreSource(
            NewSourceId(), RestoreSourceKind.Snapshot, $"the snapshot of {chosen.TakenAt:yyyy-MM-dd HH:mm:ss} UTC in {looked.Value.Vault}",
            Snapshot: new SnapshotPlace(vault.VaultId, vault.VaultId is null ? SettingsOf(vault) : null, chosen.Name));
        // Who names a certain snapshot means its records, even where another source has newer ones.
        return await AddSourceAsync(owner, id, source, ct, recordsFrom: command.Snapshot is not null || command.AsOf is not null);
    }

    /// <summary>Beside those of other snapshots: one restore may read from several, each with keys of its own.</summary>
    private async Task KeepKeysAsync(MigrationId id, VaultInput vault, string key, CancellationToken ct)
    {
        var known = await tools.Secrets.ReadAsync(id, SecretName.AgeIdentity, ct) ?? "";
        var lines = $"{known}\n{key}".Split((char[])['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => line[0] != '#').Distinct(StringComparer.Ordinal);
        await tools.Secrets.WriteAsync(id, SecretName.AgeIdentity, string.Join('\n', lines), ct);
        if (!string.IsNullOrEmpty(vault.AccessKey) && SettingsOf(vault) is S3VaultSettings place)
        {
            var sealedBefore = await tools.Secrets.ReadAsync(id, SecretName.VaultCredentials, ct);
            await tools.Secrets.WriteAsync(
                id, SecretName.VaultCredentials,
                RestoreSnapshots.Seal(sealedBefore, place, new VaultCredentials(vault.AccessKey, vault.SecretKey ?? "")), ct);
        }
    }

    public Task<ServiceResult<MigrationView>> ChooseRecordsAsync(string owner, string id, ChooseRecords command, CancellationToken ct) =>
        ChangeRestoreAsync(
            owner, id, "restore.records",
            (migration, wanted) =>
                Allowed(migration).EditSources
                    && (string.IsNullOrEmpty(command.SourceId) || wanted.Sources.Any(source => source.Id == command.SourceId))
                ? wanted with { RecordsFrom = string.IsNullOrEmpty(command.SourceId) ? null : command.SourceId }
                : null,
            "There is no such source, or it can no longer be changed.", ct);

    /// <summary>Which answer of the form it is about.</summary>
    private static string FieldOf(VaultInput input, VaultFault fault) => (input.IsBucket, fault) switch
    {
        (false, _) => nameof(LookIntoVault.Vault),
        (true, VaultFault.Refused) => $"{nameof(LookIntoVault.Vault)}.{nameof(VaultInput.AccessKey)}",
        _ => $"{nameof(LookIntoVault.Vault)}.{nameof(VaultInput.Endpoint)}",
    };

    private const string UsualRegion = "us-east-1";
    private const string NotAnIdentity = "This is not the key of a backup. It begins with AGE-SECRET-KEY-1.";

    private static VaultContents Contents(string vault, IReadOnlyList<FoundSnapshot> found) => new(
        vault,
        [
            .. found.Where(snapshot => snapshot.Manifest is not null).GroupBy(snapshot => snapshot.Manifest!.Did)
                .Select(account => new FoundAccount(
                account.Key.ToString(),
                account.First().Manifest!.Handle?.ToString(),
                [
                    .. account.Select(snapshot => new SnapshotLine(
                        snapshot.Name.Name, snapshot.Manifest!.TakenAt, snapshot.Manifest.Repo.Records.Values.Sum(),
                        snapshot.Manifest.Blobs.Count,
                        snapshot.Manifest.Blobs.Absent, snapshot.Manifest.Preferences.Value is not null)),
                ])),
        ],
        [.. found.Where(snapshot => snapshot.Problem is not null)
            .Select(snapshot => new UnreadableSnapshot(snapshot.Name.Name, snapshot.Name.TakenAt, Why(snapshot.Problem!)))]);

    private static string Why(SnapshotFaultException problem) =>
        problem.Fault == SnapshotFault.WrongKey ? "Sealed to another key." : $"Damaged: {problem.Detail}";

    private async Task<(IVault? Vault, string? Problem)> OpenVaultAsync(string owner, VaultInput? input, CancellationToken ct)
    {
        if (input?.VaultId is { Length: > 0 } id)
            return knownVaults is not null && await knownVaults.OpenAsync(owner, id, ct) is { } known
                ? (known, null)
                : (null, "There is no such vault here.");
        if (input is null || SettingsOf(input) is not { } settings)
            return (null, "Name a vault: its folder, or the address and bucket of an object store.");
        if (settings.FindProblems() is [var problem, ..])
            return (null, problem);
        if (settings is FileVaultSettings folder)
        {
            if (!tools.Options.RestoreFromFolders)
                return (null, "This Migrator takes no paths (Migrator:Move:RestoreFromFolders is off).");
            if (!Directory.Exists(folder.Folder))
                return (null, $"There is no folder {folder.Folder} on the machine that runs Migrator.");
        }

        if (vaults is null)
            throw new InvalidOperationException("This host opens no vaults.");
        return (vaults.Open(settings,
            string.IsNullOrEmpty(input.AccessKey) ? null : new VaultCredentials(input.AccessKey, input.SecretKey!)), null);
    }

    /// <summary>As it is meant: names are put after a slash.</summary>
    private static string PrefixOf(VaultInput input) =>
        input.Prefix?.Trim().Trim('/') is { Length: > 0 } prefix ? prefix + "/" : "";

    private static VaultSettings? SettingsOf(VaultInput input)
    {
        if (!string.IsNullOrWhiteSpace(input.Folder))
            return new FileVaultSettings(input.Folder.Trim());
        return Uri.TryCreate(input.Endpoint?.Trim(), UriKind.Absolute, out var endpoint)
            ? new S3VaultSettings(
                endpoint, string.IsNullOrWhiteSpace(input.Region) ? UsualRegion : input.Region.Trim(), input.Bucket?.Trim() ?? "",
                PrefixOf(input), input.PathStyle)
            : null;
    }
}
