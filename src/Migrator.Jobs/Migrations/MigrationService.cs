using FluentValidation;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Core.Migrations.Gathering;
using Migrator.Core.Vaults;
using Migrator.Jobs.Engine;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Migrations;

/// <summary>
/// The person's side of a migration: answers of the draft here, the running migration in <c>MigrationService.Running.cs</c>,
/// keys in <c>MigrationService.Keys.cs</c>, what only a restore asks in <c>MigrationService.Restore.cs</c>. Each command changes the
/// request document only and wakes the engine;
/// the runner alone moves the state.
/// </summary>
public sealed partial class MigrationService(
    MigrationRequests requests,
    MigrationViews views,
    MigrationTools tools,
    IWaker waker,
    TimeProvider time,
    IVaultFactory? vaults = null,
    IKnownVaults? knownVaults = null) : IMigrationService, IRestoreService
{
    private const int TriesOnClash = 5;

    public async Task<ServiceResult<MigrationView>> CreateAsync(string owner, CreateMigration command, CancellationToken ct)
    {
        if (Check(new CreateMigrationValidator(), command) is { } invalid)
            return invalid;
        AccountName.TryRead(command.Account, out var account);
        var resolved = await tools.Identities.ResolveAsync(account, ct);
        if (resolved.Identity is not { } identity)
        {
            return resolved.Problem == IdentityProblem.Unreachable
                ? ServiceResult<MigrationView>.Unavailable(nameof(command.Account), resolved.Message)
                : ServiceResult<MigrationView>.Invalid(nameof(command.Account), resolved.Message);
        }

        var unfinished = await requests.FindUnfinishedAsync(owner, identity.Did, ct)
            ?? await requests.CreateAsync(
                owner, new MigrationRequest { Did = identity.Did, SourceHandle = identity.VerifiedHandle, SourcePds = identity.Pds }, ct);
        if (unfinished.Request.Kind != MigrationKind.Move)
            return Refuse("A restore of this account is under way. Finish or cancel that first.");
        return ServiceResult<MigrationView>.Ok(await views.BuildAsync(unfinished, ct));
    }

    public async Task<IReadOnlyList<MigrationListItem>> ListAsync(string owner, CancellationToken ct)
    {
        var items = new List<MigrationListItem>();
        foreach (var migration in await requests.ListAsync(owner, ct))
            items.Add(MigrationViews.ListItem(migration) with { IdentityWarning = await views.FindIdentityWarningAsync(migration, ct) });
        return items;
    }

    public async Task<ServiceResult<MigrationView>> GetAsync(string owner, string id, CancellationToken ct) =>
        await FindAsync(owner, id, ct) is { } migration
            ? ServiceResult<MigrationView>.Ok(await views.BuildAsync(migration, ct))
            : ServiceResult<MigrationView>.NotFound();

    public async Task<ServiceResult<MigrationView>> ChooseTargetAsync(string owner, string id, ChooseTarget command, CancellationToken ct)
    {
        if (Check(new ChooseTargetValidator(), command) is { } invalid)
            return invalid;
        ServerAddress.TryRead(command.Pds, out var pds);
        const string field = nameof(command.Pds);
        var described = await tools.Servers.Anonymous(pds).DescribeServerAsync(ct);
        if (!described.IsOk)
        {
            return described.Error.Failure switch
            {
                XrpcFailure.BlockedAddress =>
                    ServiceResult<MigrationView>.Invalid(
                        field, $"{pds.Authority} is an address inside a private network, or not encrypted. Migrator does not connect "
                        + "there unless its operator allows it (Migrator:Network:AllowPrivate)."),
                XrpcFailure.Unreachable or XrpcFailure.TimedOut =>
                    ServiceResult<MigrationView>.Invalid(field, $"{pds.Authority} cannot be reached: {described.Error.Message}"),
                XrpcFailure.Throttled or XrpcFailure.ServerTrouble =>
                    ServiceResult<MigrationView>.Unavailable(field, $"{pds.Authority} is in trouble just now: {described.Error.Message}"),
                _ => ServiceResult<MigrationView>.Invalid(field, $"{pds.Authority} does not answer like a PDS. Check the address."),
            };
        }

        var server = described.Value;
        return await ChangeAsync(owner, id, "migration.target", migration =>
        {
            if (!Allowed(migration).Edit)
                return Refuse("The destination can be changed only before the start.");
            if (migration.Request.SourcePds == pds && migration.Request.Kind == MigrationKind.Move)
                return ServiceResult<MigrationView>.Invalid(field, "Your account lives on this server already.");
            return Change(migration.Request with
            {
                Target = new TargetServer(pds, server.Did, server.AvailableUserDomains, server.InviteCodeRequired, server.BlobUploadLimit),
                NewAccount = migration.Request.Target?.Pds == pds ? migration.Request.NewAccount : null,
            });
        }, ct);
    }

    public async Task<ServiceResult<MigrationView>> ChooseAccountAsync(string owner, string id, ChooseAccount command, CancellationToken ct)
    {
        if (Check(new ChooseAccountValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } migration)
            return ServiceResult<MigrationView>.NotFound();
        if (migration.Request.Target is not { } target)
            return ServiceResult<MigrationView>.Conflict("Choose the destination first.");
        if (!Allowed(migration).Edit && migration.Progress.Hold?.Cause != HoldCause.TargetAccount)
            return ServiceResult<MigrationView>.Conflict("The new account's details can no longer be changed.");
        var handle = Handle.Parse(command.Handle!.Trim().TrimStart('@'));
        if (await HandleTroubleAsync(migration.Request, target, handle, ct) is { } trouble)
            return ServiceResult<MigrationView>.Invalid(nameof(command.Handle), trouble);
        var invite = command.InviteCode?.Trim();
        if (target.InviteCodeRequired && string.IsNullOrEmpty(invite))
            return ServiceResult<MigrationView>.Invalid(
                nameof(command.InviteCode), $"{target.Pds.Authority} takes new accounts only with an invite code.");

        await tools.Secrets.WriteAsync(migration.Id, SecretName.TargetPassword, command.Password!, ct);
        if (string.IsNullOrEmpty(invite))
            await tools.Secrets.EraseAsync(migration.Id, SecretName.InviteCode, ct);
        else
            await tools.Secrets.WriteAsync(migration.Id, SecretName.InviteCode, invite, ct);
        return await ChangeAsync(owner, id, "migration.account", current => Change(current.Request with
        {
            NewAccount = new TargetAccount(handle, command.Email!.Trim(), !string.IsNullOrEmpty(invite)),
            Tries = current.Request.Tries + 1,
        }), ct);
    }

    /// <summary>What the new server would say of a handle, so far as it can be told from here.</summary>
    private async Task<string?> HandleTroubleAsync(MigrationRequest request, TargetServer target, Handle handle, CancellationToken ct)
    {
        if (handle.IsDisallowedTld)
            return $"{handle} ends in a name that is not on the public internet.";
        var text = handle.ToString();
        var domain = target.HandleDomains.FirstOrDefault(domain => text.EndsWith(domain, StringComparison.Ordinal));
        if (domain is null)
        {
            var found = await tools.Identities.ResolveAsync(text, ct);
            return found.Identity?.Did == request.Did
                ? null
                : $"{text} is not one of {target.Pds.Authority}'s names ({string.Join(", ", target.HandleDomains)}) and does not lead to "
                    + "your identity. Set its DNS record first, or take one of the server's names.";
        }

        var name = text[..^domain.Length];
        if (name.Contains('.'))
            return $"The part before {domain} must not have a dot in it.";
        if (name.Length is < 3 or > 18)
            return $"The part before {domain} must have 3 to 18 characters; {name} has {name.Length}.";
        var taken = await tools.Servers.Anonymous(target.Pds).ResolveHandleAsync(handle, ct);
        return taken.IsOk && taken.Value != request.Did ? $"{text} is taken by another account." : null;
    }

    private static ServiceResult<MigrationView>? Check<T>(AbstractValidator<T> validator, T command)
    {
        var result = validator.Validate(command);
        return result.IsValid
            ? null
            : ServiceResult<MigrationView>.Invalid(
                [.. result.Errors.Select(error => new FieldProblem(error.PropertyName, error.ErrorMessage))]);
    }

    private async Task<Migration?> FindAsync(string owner, string id, CancellationToken ct) =>
        MigrationId.TryParse(id, out var parsed) ? await requests.GetAsync(owner, parsed, ct) : null;

    private static AllowedActions Allowed(Migration migration) => MigrationActions.Of(migration.Request, migration.Progress);

    private static ServiceResult<MigrationView> Refuse(string why) => ServiceResult<MigrationView>.Conflict(why);

    /// <summary>Marks what <see cref="ChangeAsync"/> is to store; any other result is returned as it is.</summary>
    private static PendingChange Change(MigrationRequest request) => new(request, null);

    /// <summary>Read, change, compare and set; again if another tab was faster. Then wakes the engine.</summary>
    private async Task<ServiceResult<MigrationView>> ChangeAsync(
        string owner, string id, string action, Func<Migration, PendingChange> change, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await FindAsync(owner, id, ct) is not { } migration)
                return ServiceResult<MigrationView>.NotFound();
            var pending = change(migration);
            if (pending.Answer is { } answer)
                return answer;
            var stored = await requests.UpdateAsync(
                owner, migration.Id, migration.RequestVersion, pending.Request!, new AuditEntry(owner, action), ct);
            switch (stored)
            {
                case RequestUpdate.Stored:
                    await waker.WakeAsync(migration.Id, ct);
                    return await GetAsync(owner, id, ct);
                case RequestUpdate.NotFound:
                    return ServiceResult<MigrationView>.NotFound();
                case RequestUpdate.AlreadyRunning:
                    return Refuse("Another move of this account is under way. Finish or cancel that one first.");
                case RequestUpdate.Outdated when attempt >= TriesOnClash:
                    return Refuse("The move was changed in another window at the same time. Look at it and try again.");
            }
        }
    }

    private sealed record PendingChange(MigrationRequest? Request, ServiceResult<MigrationView>? Answer)
    {
        public static implicit operator PendingChange(ServiceResult<MigrationView> answer) => new(null, answer);
    }
}
