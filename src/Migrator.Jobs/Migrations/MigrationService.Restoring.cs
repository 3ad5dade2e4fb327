using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Migrations;

/// <summary>Commands to a restore under way.</summary>
public sealed partial class MigrationService
{
    public async Task<ServiceResult<MigrationView>> DecideLogAsync(string owner, string id, DecideLog command, CancellationToken ct)
    {
        if (Check(new DecideLogValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).DecideLog)
            return Refuse("The restore is not waiting for this.");
        var history = await tools.Plc.GetHistoryAsync(found.Request.Did, ct);
        if (!history.IsOk)
            return ServiceResult<MigrationView>.Unavailable(
                nameof(command.ForkFrom), $"The PLC directory could not be asked: {history.Error.Message}");
        var fork = string.IsNullOrEmpty(command.ForkFrom) ? null : command.ForkFrom;
        if (fork is not null
            && RestoreIdentity.ForkProblem(
                history.Value, Cid.Parse(fork), found.Request.Restore!.RotationKey!, time.GetUtcNow()) is { } problem)
            return ServiceResult<MigrationView>.Invalid(nameof(command.ForkFrom), problem);
        var head = history.Value.Head.Cid.ToString();
        return await ChangeRestoreAsync(owner, id, "restore.log", (migration, wanted) => Allowed(migration).DecideLog
            ? wanted with { Log = new LogDecision(head, fork == head ? null : fork) }
            : null, "The restore is not waiting for this.", ct);
    }

    public async Task<ServiceResult<MigrationView>> GoRestoreAsync(string owner, string id, GiveRestoreGo command, CancellationToken ct)
    {
        if (Check(new GiveRestoreGoValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (found.Request.Kind != MigrationKind.Restore || !Allowed(found).Go)
            return Refuse("The restore is not waiting for your go.");
        if (!IsNamed(found.Request, command.TypedHandle))
            return ServiceResult<MigrationView>.Invalid(
                nameof(command.TypedHandle),
                $"This is not the account of this restore. Type {found.Request.SourceHandle?.ToString() ?? found.Request.Did.ToString()}.");
        return await ChangeAsync(owner, id, "restore.go", migration => Allowed(migration).Go
            ? Change(migration.Request with
            {
                Go = new Go((migration.Request.Go?.Number ?? 0) + 1, time.GetUtcNow(), SigningWay.OwnRotationKey),
                Wish = Wish.Run,
                Tries = migration.Request.Tries + 1,
            })
            : Refuse("The restore is not waiting for your go."), ct);
    }

    public async Task<ServiceResult<MigrationView>> GiveOperationAsync(string owner, string id, GiveOperation command, CancellationToken ct)
    {
        if (Check(new GiveOperationValidator(), command) is { } invalid)
            return invalid;
        GiveOperationValidator.TryRead(command.Operation, out var operation);
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (OperationTrouble(found, operation) is { } trouble)
            return ServiceResult<MigrationView>.Invalid(nameof(command.Operation), trouble);
        return await ChangeRestoreAsync(owner, id, "restore.operation", (migration, wanted) => Allowed(migration).GiveOperation
            ? wanted with { GivenOperation = operation, OperationsGiven = wanted.OperationsGiven + 1 }
            : null, "The restore is not waiting for an operation.", ct);
    }

    public async Task<ServiceResult<MigrationView>> ReleaseAsync(string owner, string id, GiveRestoreGo command, CancellationToken ct)
    {
        if (Check(new GiveRestoreGoValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!IsNamed(found.Request, command.TypedHandle))
            return ServiceResult<MigrationView>.Invalid(nameof(command.TypedHandle), "This is not the account of this restore.");
        return await ChangeAsync(owner, id, "restore.release", migration => Allowed(migration).Release
            ? Change(migration.Request with { WayBackAt = time.GetUtcNow(), Wish = Wish.Run, Tries = migration.Request.Tries + 1 })
            : Refuse("There is nothing to give back: the identity is not claimed, or it names the new server already."), ct);
    }

    /// <summary>What can be said at the field: the step checks everything again against the directory's log.</summary>
    private static string? OperationTrouble(Migration migration, System.Text.Json.JsonElement operation)
    {
        try
        {
            var signed = SignedPlcOperation.FromJson(operation);
            if (migration.Progress.Restore?.ToSign is { } asked && signed.Prev?.ToString() != asked.Prev)
                return $"This operation follows {signed.Prev?.ToString() ?? "nothing"}; the one that is asked for follows {asked.Prev}.";
            var keys = migration.Progress.Identity?.RotationKeys ?? [];
            return signed.FindSigner(keys) >= 0
                ? null
                : "None of the identity's rotation keys signed this, or it was changed after it was signed.";
        }
        catch (PlcFaultException fault)
        {
            return $"This is not a signed operation: {fault.Detail}.";
        }
    }
}
