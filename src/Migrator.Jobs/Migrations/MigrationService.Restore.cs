using System.Security.Cryptography;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;
using Migrator.Core.Migrations.Gathering;

namespace Migrator.Jobs.Migrations;

/// <summary>The questions that only a restore asks.</summary>
public sealed partial class MigrationService
{
    private const int MostSources = 20;

    public async Task<ServiceResult<MigrationView>> CreateRestoreAsync(string owner, CreateMigration command, CancellationToken ct)
    {
        if (Check(new CreateMigrationValidator(), command) is { } invalid)
            return invalid;
        AccountName.TryRead(command.Account, out var account);
        if (!Did.TryParse(account, out var did))
        {
            var resolved = await tools.Identities.ResolveAsync(account, ct);
            if (resolved.Identity is not { } identity)
            {
                return ServiceResult<MigrationView>.Invalid(
                    nameof(command.Account),
                    $"{resolved.Message} If your old server kept this handle, it is gone with it: enter your DID (did:plc:…) instead. It "
                    + "stands in your recovery kit and in every backup.");
            }

            did = identity.Did;
        }

        var (request, trouble) = did.IsPlc ? await FromLogAsync(did, ct) : await FromDocumentAsync(did, ct);
        if (request is null)
            return trouble!;
        var unfinished = await requests.FindUnfinishedAsync(owner, did, ct) ?? await requests.CreateAsync(owner, request, ct);
        return unfinished.Request.Kind == MigrationKind.Restore
            ? ServiceResult<MigrationView>.Ok(await views.BuildAsync(unfinished, ct))
            : Refuse("A move of this account is begun. Finish or cancel that first.");
    }

    public async Task<ServiceResult<MigrationView>> AddFilesAsync(string owner, string id, AddFiles command, CancellationToken ct)
    {
        if (Check(new AddFilesValidator(), command) is { } invalid)
            return invalid;
        if (!tools.Options.RestoreFromFolders)
            return ServiceResult<MigrationView>.Invalid(
                nameof(command.Path), "This Migrator takes no paths (Migrator:Move:RestoreFromFolders is off). Upload the file instead.");
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(command.Path!.Trim()));
        if (!File.Exists(path) && !Directory.Exists(path))
            return ServiceResult<MigrationView>.Invalid(
                nameof(command.Path), $"There is nothing at {path} on the machine that runs Migrator, or Migrator may not look there.");
        return await AddSourceAsync(owner, id, new RestoreSource(NewSourceId(), RestoreSourceKind.Files, Path.GetFileName(path), path), ct);
    }

    public async Task<ServiceResult<MigrationView>> UploadAsync(
        string owner, string id, string? fileName, Stream content, CancellationToken ct)
    {
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).EditSources)
            return Refuse("What is restored from can no longer be changed.");
        if (found.Request.Restore!.Sources.Count >= MostSources)
            return Refuse($"{MostSources} things were named already.");
        var source = NewSourceId();
        var workspace = tools.WorkspaceOf(found.Id);
        workspace.Subfolder(Inventory.Uploads);
        var name = Path.Combine(Inventory.Uploads, source);
        var added = false;
        try
        {
            if (!await TakeInAsync(content, workspace, name, ct))
            {
                return ServiceResult<MigrationView>.Invalid(
                    "File", $"This is larger than {Bytes.Text(tools.Options.LargestRepo)}. Put it on the machine that runs Migrator and name its path.");
            }

            var shown = Path.GetFileName(fileName?.Trim() ?? "");
            var result = await AddSourceAsync(
                owner, id, new RestoreSource(
                    source, RestoreSourceKind.Files, shown.Length is 0 or > 200 ? "uploaded file" : shown, RestoreSource.Upload + source), ct);
            added = result.IsOk;
            return result;
        }
        finally
        {
            if (!added)
                workspace.Delete(name);
        }
    }

    /// <returns>False: too large.</returns>
    private async Task<bool> TakeInAsync(Stream content, Workspace workspace, string name, CancellationToken ct)
    {
        await using var file = workspace.Create(name);
        var buffer = new byte[1 << 17];
        int read;
        while ((read = await content.ReadAsync(buffer, ct)) > 0)
        {
            if (file.Length + read > tools.Options.LargestRepo)
                return false;
            await file.WriteAsync(buffer.AsMemory(0, read), ct);
        }

        file.Flush(flushToDisk: true);
        return true;
    }

    public async Task<ServiceResult<MigrationView>> AddOldServerAsync(string owner, string id, AddOldServer command, CancellationToken ct)
    {
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).EditSources)
            return Refuse("What is restored from can no longer be changed.");
        if (!string.IsNullOrEmpty(command.Password))
        {
            var signIn = new SignIn(command.Password, command.Code);
            if (Check(new SignInValidator(), signIn) is { } invalid)
                return invalid;
            var (tokens, trouble) = await OpenSessionAsync(
                found, found.Request.SourcePds, SecretName.SourceTokens, signIn, nameof(command.Password), nameof(command.Code), ct);
            if (tokens is null)
                return trouble!;
            await tools.Secrets.WriteAsync(found.Id, SecretName.SourceTokens, tokens, ct);
            var stored = await ChangeAsync(
                owner, id, "restore.sign-in-old-server",
                    migration => Change(migration.Request with { SignedInSourceAt = time.GetUtcNow() }), ct);
            if (!stored.IsOk)
                return stored;
        }

        return await AddSourceAsync(owner, id,
            new RestoreSource(NewSourceId(), RestoreSourceKind.OldServer, found.Request.SourcePds.Authority), ct);
    }

    public async Task<ServiceResult<MigrationView>> RemoveSourceAsync(string owner, string id, string sourceId, CancellationToken ct)
    {
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        var gone = found.Request.Restore?.Sources.FirstOrDefault(source => source.Id == sourceId);
        var changed = await ChangeRestoreAsync(owner, id, "restore.source-remove", (migration, wanted) => Allowed(migration).EditSources
            ? wanted with
            {
                Sources = [.. wanted.Sources.Where(source => source.Id != sourceId)],
                RecordsFrom = wanted.RecordsFrom == sourceId ? null : wanted.RecordsFrom,
            }
            : null, "What is restored from can no longer be changed.", ct);
        if (changed.IsOk && gone?.Location is { } place && place.StartsWith(RestoreSource.Upload, StringComparison.Ordinal))
            tools.WorkspaceOf(found.Id).Delete(Path.Combine(Inventory.Uploads, place[RestoreSource.Upload.Length..]));
        return changed;
    }

    public ServiceResult<RotationKeyName> NameKey(GiveRotationKey command)
    {
        var result = new GiveRotationKeyValidator().Validate(command);
        if (!result.IsValid)
            return ServiceResult<RotationKeyName>.Invalid(
                [.. result.Errors.Select(error => new FieldProblem(error.PropertyName, error.ErrorMessage))]);
        var key = PublicHalf(command);
        return ServiceResult<RotationKeyName>.Ok(new RotationKeyName(key.DidKey, key.Curve == KeyCurve.K256 ? "K-256" : "P-256"));
    }

    public async Task<ServiceResult<MigrationView>> GiveRotationKeyAsync(
        string owner, string id, GiveRotationKey command, CancellationToken ct)
    {
        if (Check(new GiveRotationKeyValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).GiveRotationKey)
            return Refuse("The restore is not waiting for a rotation key.");
        var field = string.IsNullOrWhiteSpace(command.PrivateKey) ? nameof(command.DidKey) : nameof(command.PrivateKey);
        var key = PublicHalf(command);
        if (await KeyTroubleAsync(found, key, ct) is { } trouble)
            return ServiceResult<MigrationView>.Invalid(field, trouble);
        if (field == nameof(command.PrivateKey) && PrivateKey.TryParse(command.PrivateKey!.Trim(), out var secret))
        {
            using (secret)
                await tools.Secrets.WriteAsync(found.Id, SecretName.RotationKey, secret.RevealMultibase(), ct);
        }
        else
        {
            await tools.Secrets.EraseAsync(found.Id, SecretName.RotationKey, ct);
        }

        return await ChangeRestoreAsync(owner, id, "restore.rotation-key", (migration, wanted) => Allowed(migration).GiveRotationKey
            ? wanted with
            {
                RotationKey = key.DidKey,
                Signing = field == nameof(command.PrivateKey) ? RestoreSigning.KeyHeldHere : RestoreSigning.Elsewhere
            }
            : null, "The restore is not waiting for a rotation key.", ct);
    }

    public async Task<ServiceResult<MigrationView>> ChooseKeysAsync(string owner, string id, ChooseKeys command, CancellationToken ct)
    {
        if (Check(new ChooseKeysValidator(), command) is { } invalid)
            return invalid;
        return await ChangeRestoreAsync(owner, id, "restore.keys", (migration, wanted) => Allowed(migration).Edit
            ? wanted with { HostIsHostile = command.HostIsHostile, DropKeys = command.DropKeys }
            : null, "This can be chosen only before the start.", ct);
    }

    private static PublicKey PublicHalf(GiveRotationKey command)
    {
        if (!PrivateKey.TryParse(command.PrivateKey?.Trim(), out var secret))
            return PublicKey.ParseDidKey(command.DidKey!.Trim());
        using (secret)
            return secret.PublicKey;
    }

    /// <summary>Whether the key can sign at all is asked of the directory at once: the person is still at the field.</summary>
    private async Task<string?> KeyTroubleAsync(Migration migration, PublicKey key, CancellationToken ct)
    {
        if (migration.Progress.Identity is not null && migration.Request.Restore!.RotationKey != key.DidKey)
            return $"This is another key ({key.DidKey}) than the one that the restore was begun with.";
        var history = await tools.Plc.GetHistoryAsync(migration.Request.Did, ct);
        // A rogue operation may have taken the key out; then it still stands in an operation before.
        return !history.IsOk || history.Value.Valid.Any(entry => entry.Operation.Body?.RotationKeys.Contains(key.DidKey) == true)
            ? null
            : $"The key {key.DidKey} never stood among this identity's rotation keys, so the directory refuses what it signs.";
    }

    private async Task<(MigrationRequest? Request, ServiceResult<MigrationView>? Trouble)> FromLogAsync(Did did, CancellationToken ct)
    {
        const string field = nameof(CreateMigration.Account);
        var history = await tools.Plc.GetHistoryAsync(did, ct);
        if (!history.IsOk)
        {
            return (null, history.Error.Is(PlcErrorNames.DidNotFound)
                ? ServiceResult<MigrationView>.Invalid(field, $"The PLC directory knows no identity {did}.")
                : ServiceResult<MigrationView>.Unavailable(field, $"The PLC directory could not be asked: {history.Error.Message}"));
        }

        // The last body that named a server: a rogue or last operation may name none.
        var body = history.Value.Valid.Reverse().Select(entry => entry.Operation.Body)
            .FirstOrDefault(body => body?.PdsEndpoint is not null);
        return body is not null && Uri.TryCreate(body.PdsEndpoint, UriKind.Absolute, out var pds)
            ? (new MigrationRequest { Did = did, SourceHandle = body.Handle, SourcePds = pds, Restore = new RestoreRequest() }, null)
            : (null, ServiceResult<MigrationView>.Invalid(field, "This identity never named a server, so there is no account to restore."));
    }

    private async Task<(MigrationRequest? Request, ServiceResult<MigrationView>? Trouble)> FromDocumentAsync(Did did, CancellationToken ct)
    {
        var resolved = await tools.Identities.ResolveAsync(did.ToString(), ct);
        return resolved.Identity is { } identity
            ? (new MigrationRequest
            {
                Did = did, SourceHandle = identity.Document.ClaimedHandle, SourcePds = identity.Pds,
                Restore = new RestoreRequest()
            }, null)
            : (null, resolved.Problem == IdentityProblem.Unreachable
                ? ServiceResult<MigrationView>.Unavailable(nameof(CreateMigration.Account), resolved.Message)
                : ServiceResult<MigrationView>.Invalid(nameof(CreateMigration.Account), resolved.Message));
    }

    private Task<ServiceResult<MigrationView>> AddSourceAsync(
        string owner, string id, RestoreSource source, CancellationToken ct, bool recordsFrom = false) =>
        ChangeRestoreAsync(owner, id, "restore.source-add",
            (migration, wanted) => Allowed(migration).EditSources && wanted.Sources.Count < MostSources
            ? WithSource(wanted, source, recordsFrom)
            : null, $"What is restored from can no longer be changed, or {MostSources} things were named already.", ct);

    /// <summary>What was named already is not named twice.</summary>
    private static RestoreRequest WithSource(RestoreRequest wanted, RestoreSource source, bool recordsFrom)
    {
        var known = wanted.Sources.FirstOrDefault(known => known with { Id = source.Id } == source);
        return wanted with
        {
            Sources = known is null ? [.. wanted.Sources, source] : wanted.Sources,
            RecordsFrom = recordsFrom ? (known ?? source).Id : wanted.RecordsFrom,
        };
    }

    private Task<ServiceResult<MigrationView>> ChangeRestoreAsync(
        string owner, string id, string action, Func<Migration, RestoreRequest, RestoreRequest?> change, string refusal,
            CancellationToken ct) =>
        ChangeAsync(owner, id, action, migration =>
        {
            if (migration.Request.Restore is not { } wanted)
                return Refuse("This is a move, not a restore.");
            return change(migration, wanted) is { } changed
                ? Change(migration.Request with { Restore = changed, Tries = migration.Request.Tries + 1 })
                : Refuse(refusal);
        }, ct);

    private static string NewSourceId() => RandomNumberGenerator.GetHexString(8, lowercase: true);
}
