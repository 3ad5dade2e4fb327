using System.Security.Cryptography;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>
/// What a restore checks beside what every migration checks: both operations as far as they can be known, the directory's limits, the
/// strength of the person's key, and an account that an earlier try left on the new server.
/// </summary>
public static class RestorePreflight
{
    private const int OperationsAnHour = 10;

    /// <summary>Claim, end, and the way back.</summary>
    private const int OperationsNeeded = 3;

    public static async Task<StepOutcome?> LookAsync(MigrationContext context, List<PreflightItem> items, CancellationToken ct)
    {
        if (await LookForAccountAsync(context, items, ct) is { } trouble)
            return trouble;
        if (context.Did.IsPlc)
        {
            var (history, notRead) = await RestoreIdentity.ReadAsync(context, ct);
            if (history is null)
                return notRead;
            LookAtOperations(context, history, items);
            LookAtKeys(context, history, items);
        }
        else
        {
            items.Add(new PreflightItem(
                PreflightLevel.Warning, "Your identity is a file",
                "You will be asked twice to change did.json on your own web server. Migrator says exactly what to write and looks until "
                + "it is right."));
        }

        var gathered = context.Progress.Restore!.Gathered!;
        items.Add(new PreflightItem(
            gathered.Preferences ? PreflightLevel.Ok : PreflightLevel.Warning,
            "App settings",
            gathered.Preferences
                ? "The app's settings are in the backup and come back."
                : "The backup holds no app settings (feeds, filters, muted words): set them again in your app."));
        return null;
    }

    /// <summary>
    /// The last operation as far as it can be known before the new server has made its keys: those stand in as keys made for this.
    /// </summary>
    public static PlcChange PlanEnd(MigrationContext context, PlcHistory history)
    {
        using var standIn = PrivateKey.Generate(KeyCurve.K256);
        var (server, handle) = (context.Request.Target!, context.Request.NewAccount!.Handle);
        var key = standIn.PublicKey.DidKey;
        var host = new RecommendedCredentials(
            [PlcOperationBody.HandleUri(handle)],
            new Dictionary<string, string> { [PlcOperationBody.SigningKeyId] = key },
            [key],
            new Dictionary<string, ServiceEntry>
            {
                [PlcOperationBody.PdsServiceId] = new(PlcOperationBody.PdsServiceType, server.Pds.GetLeftPart(UriPartial.Authority)),
            });
        return PlcChangePlanner.PlanMove(history, context.Progress.Identity!.OldHost!.ToRecommended(), host, null, handle);
    }

    private static void LookAtOperations(MigrationContext context, PlcHistory history, List<PreflightItem> items)
    {
        using var standIn = PrivateKey.Generate(KeyCurve.K256);
        var problems = RestoreIdentity.PlanClaim(context.Request, context.Progress, history, standIn.PublicKey)
            .Problems.Concat(PlanEnd(context, history).Problems).Distinct().ToList();
        foreach (var problem in problems)
            items.Add(new PreflightItem(PreflightLevel.Blocker, "Change of identity", problem));
        if (problems.Count == 0)
            items.Add(new PreflightItem(
                PreflightLevel.Ok, "Change of identity",
                "Both operations are within the directory's limits and may be signed by your key."));
        var lately = history.Entries.Count(entry => context.Now - entry.CreatedAt < TimeSpan.FromHours(1));
        if (lately + OperationsNeeded > OperationsAnHour)
            items.Add(new PreflightItem(
                PreflightLevel.Blocker, "Directory's limit",
                $"The directory takes {OperationsAnHour} changes of one identity an hour, and {lately} were made in the last one. A "
                + $"restore needs up to {OperationsNeeded}: wait a while, then press Try again."));
    }

    private static void LookAtKeys(MigrationContext context, PlcHistory history, List<PreflightItem> items)
    {
        var (mine, rank) = (context.Request.Restore!.RotationKey!, context.Progress.Restore!.KeyRank);
        var above = history.Current.RotationKeys.Take(rank).ToList();
        var drop = RestoreIdentity.KeysToDrop(context.Request, context.Progress);
        items.Add(above.Intersect(drop).Any()
            ? new PreflightItem(PreflightLevel.Warning, "The old server's key is stronger than yours",
                $"Your key is number {rank + 1}. Whoever holds a stronger key can overrule the restore for 72 hours. If the old server is "
                + "simply gone, nobody will. If it is hostile: Migrator watches your identity for these three days after the restore and "
                + "tells you, here and by webhook and mail, if that happens.")
            : new PreflightItem(PreflightLevel.Ok, "Your key",
                $"Your key is number {rank + 1} of {history.Current.RotationKeys.Count}; no key of the old server stands above it."));
        var kept = history.Current.RotationKeys.Except(drop).Where(key => key != mine).ToList();
        items.Add(new PreflightItem(
            PreflightLevel.Ok, "Other keys",
            $"{(kept.Count == 0 ? "No other rotation keys" : "Kept: " + string.Join(", ", kept))}. "
            + $"{(drop.Count == 0 ? "None is taken out." : "Taken out as the old server's: " + string.Join(", ", drop) + ".")}"));
    }

    /// <summary>
    /// Asks for the account without the proof that would get it. A reference server looks at invite, handle and e-mail before it looks at
    /// the proof, so what it would refuse is known before the identity is touched.
    /// </summary>
    private static async Task<StepOutcome?> RehearseAccountAsync(
        MigrationContext context, PdsClient target, List<PreflightItem> items, CancellationToken ct)
    {
        var wanted = context.Request.NewAccount!;
        var invite = await context.Tools.Secrets.ReadAsync(context.Id, SecretName.InviteCode, ct);
        var nobodys = RandomNumberGenerator.GetHexString(32);
        var asked = await target.CreateAccountAsync(
            new CreateAccount(context.Did, wanted.Handle, wanted.Email, nobodys, invite), serviceJwt: null, ct);
        if (asked.IsOk)
        {
            return new StepOutcome.NeedsPerson(
                HoldCause.TargetLimits,
                $"{target.Pds.Authority} made an account ({asked.Value.Tokens.Did}) without any proof that the identity asked for it.",
                "Do not restore to this server: it would do the same for anybody. Cancel and choose another one.");
        }

        if (asked.Error is { Failure: XrpcFailure.Refused, Status: 401 or 403 } || asked.Error.Failure == XrpcFailure.SessionLost)
        {
            items.Add(new PreflightItem(
                PreflightLevel.Ok, "The new account",
                $"{target.Pds.Authority} has looked at handle, e-mail and invite code, and misses nothing but the proof that comes with "
                + "the claim."));
            return null;
        }

        return Steps.CreateTargetAccountStep.Explain(asked.Error, context);
    }

    /// <summary>
    /// An account that an earlier try made is used again. Whether its password is known must be clear before anything is changed.
    /// </summary>
    private static async Task<StepOutcome?> LookForAccountAsync(MigrationContext context, List<PreflightItem> items, CancellationToken ct)
    {
        var tools = context.Tools;
        var target = tools.Servers.Anonymous(context.Request.Target!.Pds);
        if (await tools.Secrets.ReadAsync(context.Id, SecretName.TargetTokens, ct) is not null)
            return null;
        var there = await target.GetRepoStatusAsync(context.Did, ct);
        if (!there.IsOk)
            return await RehearseAccountAsync(context, target, items, ct);
        if (there.Value.Active)
            return null;
        if (await tools.Secrets.ReadAsync(context.Id, SecretName.TargetPassword, ct) is not { } password)
            return new StepOutcome.NeedsPerson(
                HoldCause.TargetAccount, "The password for the new account is not stored any more.",
                "Give the new account's details again.");
        var opened = await target.CreateSessionAsync(SignInName.Of(context.Did, context.Request.NewAccount!.Handle), password, null, ct);
        if (opened.IsOk)
        {
            await tools.Secrets.WriteAsync(context.Id, SecretName.TargetTokens, SealedSession.Seal(opened.Value.Tokens), ct);
            items.Add(new PreflightItem(
                PreflightLevel.Ok, "Begun before",
                "The account that an earlier try made on the new server is used: your password opens it, so the identity need not be "
                + "claimed first."));
            return null;
        }

        return opened.Error.Failure != XrpcFailure.Refused
            ? opened.Error.ToOutcome(Side.Target, context.Now)
            : new StepOutcome.NeedsPerson(
                HoldCause.TargetAccount,
                $"{target.Pds.Authority} already has a switched-off account for this identity, made earlier with another password or "
                + "handle.",
                "Give the password it was made with. If it is lost, whoever runs that server can set a new one. Nothing was changed.");
    }
}
