using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Core.Parity;

namespace Migrator.Jobs.Migrations;

/// <summary>Commands to a migration under way.</summary>
public sealed partial class MigrationService
{
    /// <summary>A second mail makes the first code worthless, so clicks in quick succession are one wish.</summary>
    private static readonly TimeSpan CodeCoolDown = TimeSpan.FromSeconds(30);

    public Task<ServiceResult<MigrationView>> StartAsync(string owner, string id, CancellationToken ct) =>
        ChangeAsync(owner, id, "migration.start", migration =>
        {
            if (migration.Request.StartedAt is not null && migration.Request.Wish == Wish.Run)
                return Change(migration.Request);
            return Allowed(migration).Start
                ? Change(migration.Request with { StartedAt = time.GetUtcNow() })
                : Refuse("Some questions are not answered yet.");
        }, ct);

    public Task<ServiceResult<MigrationView>> PauseAsync(string owner, string id, CancellationToken ct) =>
        ChangeAsync(owner, id, "migration.pause", migration => migration.Request.Wish == Wish.Pause || Allowed(migration).Pause
            ? Change(migration.Request with { Wish = Wish.Pause })
            : Refuse(
                "The move cannot be paused now: the identity is being changed, and stopping half-way would leave the account nowhere."),
                ct);

    public Task<ServiceResult<MigrationView>> ResumeAsync(string owner, string id, CancellationToken ct) =>
        ChangeAsync(owner, id, "migration.resume", migration => Allowed(migration).Resume
            ? Change(migration.Request with { Wish = Wish.Run, Tries = migration.Request.Tries + 1 })
            : Refuse("There is nothing to resume: the move is not standing still, or it waits for an answer of yours."), ct);

    public Task<ServiceResult<MigrationView>> CancelAsync(string owner, string id, CancellationToken ct) =>
        ChangeAsync(owner, id, "migration.cancel", migration => migration.Request.Wish == Wish.Cancel || Allowed(migration).Cancel
            ? Change(migration.Request with { Wish = Wish.Cancel })
            : Refuse("The move cannot be cancelled any more: the identity has been changed. The way back is on the page of the move."), ct);

    public async Task<ServiceResult<MigrationView>> AcceptMissingAsync(
        string owner, string id, AcceptMissingBlobs command, CancellationToken ct)
    {
        if (Check(new AcceptMissingBlobsValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        var cids = command.Cids!.Select(cid => Cid.Parse(cid)).Distinct().ToList();
        var problems = (await tools.Blobs.ListAsync(found.Id, null, ct)).Where(blob => BlobProblems.IsProblem(blob.State))
            .Select(blob => blob.Cid).ToHashSet();
        if (cids.FirstOrDefault(cid => !problems.Contains(cid)) is var unknown && unknown != default)
            return ServiceResult<MigrationView>.Invalid(
                nameof(command.Cids), $"{unknown} is not among the files that could not be copied.");
        return await ChangeAsync(owner, id, "migration.accept-missing", migration => Allowed(migration).AcceptMissing
            ? Change(migration.Request with
            {
                AcceptedMissing = [.. migration.Request.AcceptedMissing.Union(cids)],
                Tries = migration.Request.Tries + 1,
            })
            : Refuse("No files are waiting for your consent."), ct);
    }

    public async Task<ServiceResult<MigrationView>> GoAsync(string owner, string id, GiveGo command, CancellationToken ct)
    {
        if (Check(new GiveGoValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).Go)
            return Refuse("The move is not waiting for your go.");
        if (!IsNamed(found.Request, command.TypedHandle))
            return ServiceResult<MigrationView>.Invalid(
                nameof(command.TypedHandle),
                $"This is not the account of this move. Type {found.Request.SourceHandle?.ToString() ?? found.Request.Did.ToString()}.");
        if (found.Progress.Cutover.Planned is { Problems: [var problem, ..] })
            return Refuse(problem);
        List<(SecretName, string)> secrets = [];
        if (command.SignWith == "key")
        {
            var (key, _, trouble) = await ReadSigningKeyAsync(found, nameof(command.RotationKey), command.RotationKey, ct);
            using (key)
            {
                if (key is null)
                    return trouble!;
                secrets.Add((SecretName.RotationKey, key.RevealMultibase()));
            }
        }

        return await ChangeWithAsync(secrets, found, owner, "migration.go", migration => Allowed(migration).Go
            ? Change(migration.Request with
            {
                Go = new Go((migration.Request.Go?.Number ?? 0) + 1, time.GetUtcNow(),
                    command.SignWith == "key" ? SigningWay.OwnRotationKey : SigningWay.MailedCode),
                Wish = Wish.Run,
                Tries = migration.Request.Tries + 1,
            })
            : Refuse("The move is not waiting for your go."), ct);
    }

    public async Task<ServiceResult<MigrationView>> GiveCodeAsync(string owner, string id, GiveCode command, CancellationToken ct)
    {
        if (Check(new GiveCodeValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).GiveCode)
            return Refuse("The move is not waiting for a code.");
        await tools.Secrets.WriteAsync(found.Id, SecretName.PlcCode, command.Code!.Trim().ToUpperInvariant(), ct);
        return await ChangeAsync(owner, id, "migration.code", migration => Allowed(migration).GiveCode
            ? Change(migration.Request with { CodesGiven = migration.Request.CodesGiven + 1, Tries = migration.Request.Tries + 1 })
            : Refuse("The move is not waiting for a code."), ct);
    }

    public Task<ServiceResult<MigrationView>> AskCodeAgainAsync(string owner, string id, CancellationToken ct) =>
        ChangeAsync(owner, id, "migration.ask-code", migration =>
        {
            if (!Allowed(migration).AskCode)
                return Refuse("The move is not waiting for a code.");
            if (migration.Progress.Cutover.CodeRequestedAt is { } at && time.GetUtcNow() - at < CodeCoolDown)
                return Refuse(
                    "A code was mailed less than half a minute ago. Give it a moment: a second mail would make that code worthless.");
            return Change(migration.Request with { CodesAsked = migration.Request.CodesAsked + 1, Tries = migration.Request.Tries + 1 });
        }, ct);

    public async Task<ServiceResult<MigrationView>> TakeWayBackAsync(string owner, string id, TakeWayBack command, CancellationToken ct)
    {
        if (Check(new TakeWayBackValidator(), command) is { } invalid)
            return invalid;
        if (await FindAsync(owner, id, ct) is not { } found)
            return ServiceResult<MigrationView>.NotFound();
        if (!Allowed(found).TakeWayBack)
            return Refuse("There is no way back from here: the identity was not changed by this move, or it has been changed back.");
        if (!IsNamed(found.Request, command.TypedHandle))
            return ServiceResult<MigrationView>.Invalid(nameof(command.TypedHandle), "This is not the account of this move.");
        List<(SecretName, string)> secrets = [];
        var (key, history, badKey) = await ReadSigningKeyAsync(found, nameof(command.RotationKey), command.RotationKey, ct);
        using (key)
        {
            if (key is null)
                return badKey!;
            if (IdentityChange.PlanWayBack(found.Request, found.Progress, history!, key.PublicKey).Trouble is { } noWay)
                return Refuse($"There is no way back as things are. {noWay}");
            secrets.Add((SecretName.RotationKey, key.RevealMultibase()));
        }

        var (source, noSource) = await OpenSessionAsync(
            found, found.Progress.Identity!.Pds, SecretName.SourceTokens, new SignIn(command.SourcePassword, command.SourceCode),
            nameof(command.SourcePassword), nameof(command.SourceCode), ct);
        if (source is null)
            return noSource!;
        secrets.Add((SecretName.SourceTokens, source));
        if (!string.IsNullOrEmpty(command.TargetPassword))
        {
            var (target, noTarget) = await OpenSessionAsync(
                found, found.Request.Target!.Pds, SecretName.TargetTokens, new SignIn(command.TargetPassword, null),
                nameof(command.TargetPassword), nameof(command.TargetPassword), ct);
            if (target is null)
                return noTarget!;
            secrets.Add((SecretName.TargetTokens, target));
        }

        return await ChangeWithAsync(secrets, found, owner, "migration.way-back", migration => Allowed(migration).TakeWayBack
            ? Change(migration.Request with { WayBackAt = time.GetUtcNow(), Wish = Wish.Run, Tries = migration.Request.Tries + 1 })
            : Refuse("The way back is under way already."), ct);
    }

    public async Task<ServiceResult<ReportFile>> GetReportAsync(string owner, string id, CancellationToken ct)
    {
        if (await FindAsync(owner, id, ct) is not { } migration)
            return ServiceResult<ReportFile>.NotFound();
        var report = await ParityFile.ReadAsync(tools.WorkspaceOf(migration.Id), ct);
        return report is null
            ? ServiceResult<ReportFile>.Conflict("There is no report yet: it is written when the copy has been proven.")
            : ServiceResult<ReportFile>.Ok(new ReportFile(JsonSerializer.SerializeToDocument(report, MigrationJson.Options), report.At));
    }

    private static bool IsNamed(MigrationRequest request, string? typed) =>
        AccountName.TryRead(typed, out var account) && (account == request.SourceHandle?.ToString() || account == request.Did.ToString());
}
