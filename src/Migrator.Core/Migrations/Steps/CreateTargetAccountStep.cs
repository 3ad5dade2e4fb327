using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Makes the deactivated account on the new server. "Already exists" means: an earlier try made it, so sign in and go on.
/// The chosen password is kept sealed until the account's tokens are stored, then erased.
/// </summary>
public sealed class CreateTargetAccountStep : IMigrationStep
{
    private const string CreateAccountNsid = "com.atproto.server.createAccount";

    public StepName Name => StepName.CreateTargetAccount;

    public string Title => "Make the account on the new server";

    public string Explanation => "Creates your account there, switched off: nobody sees it until the move is complete.";

    public Reversibility Reversibility => Reversibility.Undoable;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (await context.Tools.Secrets.ReadAsync(context.Id, SecretName.TargetTokens, ct) is null)
            return null;
        var session = await context.Tools.Target(context).GetSessionAsync(ct);
        if (!session.IsOk)
        {
            return session.Error.Failure is XrpcFailure.SessionLost or XrpcFailure.Refused
                ? ServerAnswers.SignInAgain(Side.Target, session.Error.Service.Authority)
                : session.Error.ToOutcome(Side.Target, context.Now);
        }

        return session.Value.Did == context.Did
            ? await KnowAccountAsync(context, context.Progress.Target?.ExistedBefore ?? true, ct)
            : ServerAnswers.SignInAgain(Side.Target, context.Request.Target!.Pds.Authority) with
            {
                Message = "The sign-in at the new server belongs to another account.",
            };
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var tools = context.Tools;
        var server = context.Request.Target!;
        var wanted = context.Request.NewAccount!;
        var password = await tools.Secrets.ReadAsync(context.Id, SecretName.TargetPassword, ct);
        if (password is null)
            return new StepOutcome.NeedsPerson(
                HoldCause.TargetAccount, "The password for the new account is not stored any more.",
                "Give the new account's details again.");

        var token = await ServiceTokenAsync(context, server, ct);
        if (!token.IsOk)
            return token.Error.ToOutcome(Side.Source, context.Now);

        var target = tools.Servers.Anonymous(server.Pds);
        var invite = await tools.Secrets.ReadAsync(context.Id, SecretName.InviteCode, ct);
        await context.ConfirmLeaseAsync(ct);
        var created = await target.CreateAccountAsync(
            new CreateAccount(context.Did, wanted.Handle, wanted.Email, password, invite), token.Value, ct);
        if (created.IsOk)
            return await KeepAsync(context, created.Value, existed: false, ct);
        return created.Error.Is("AlreadyExists")
            ? await SignInAsync(context, target, password, ct)
            : Explain(created.Error, context);
    }

    /// <summary>
    /// The proof that the account itself asks: from the old server, or in a restore made with the temporary key that the identity names.
    /// </summary>
    private static async Task<XrpcResult<string>> ServiceTokenAsync(MigrationContext context, TargetServer server, CancellationToken ct)
    {
        var life = TimeSpan.FromMinutes(30);
        if (context.Request.Kind == MigrationKind.Move)
            return await (await context.Tools.SourceAsync(context, ct))
                .GetServiceAuthAsync(server.ServiceDid, CreateAccountNsid, context.Now + life, ct);
        if (!PrivateKey.TryParse(await context.Tools.Secrets.ReadAsync(context.Id, SecretName.TemporaryKey, ct), out var key))
            throw new InvalidOperationException("The temporary key is stored before the identity names it.");
        using (key)
            return XrpcResult.Ok(ServiceJwt.Create(key, context.Did, server.ServiceDid, CreateAccountNsid, context.Now, life));
    }

    private static async Task<StepOutcome> SignInAsync(MigrationContext context, PdsClient target, string password, CancellationToken ct)
    {
        var opened = await target.CreateSessionAsync(SignInName.Of(context.Did, context.Request.NewAccount!.Handle), password, null, ct);
        if (opened.IsOk)
        {
            if (opened.Value.Active)
            {
                return new StepOutcome.NeedsPerson(
                    HoldCause.TargetLimits,
                    $"An active account with this identity is on {target.Pds.Authority} already.",
                    context.Request.Kind == MigrationKind.Restore
                        ? "It is not written over. If it is yours, sign in there: perhaps nothing has to be restored. Else give the "
                            + "identity back, and restore to another server."
                        : "Cancel this move: there is nothing to fill. If the identity does not point there yet, activate it with the "
                            + "server's own tools.");
            }

            return await KeepAsync(context, opened.Value, existed: true, ct);
        }

        if (opened.Error.Failure != XrpcFailure.Refused)
            return opened.Error.ToOutcome(Side.Target, context.Now);
        return new StepOutcome.NeedsPerson(
            HoldCause.TargetSignIn,
            $"{target.Pds.Authority} already has a switched-off account for this identity, made earlier with another password.",
            "Sign in with the password it was made with. If it is lost, whoever runs that server can set a new one.");
    }

    private static async Task<StepOutcome> KeepAsync(MigrationContext context, OpenedSession opened, bool existed, CancellationToken ct)
    {
        // Tokens first, then the password goes: killed in between, the password is still there to sign in with.
        await context.Tools.Secrets.WriteAsync(context.Id, SecretName.TargetTokens, SealedSession.Seal(opened.Tokens), ct);
        return await KnowAccountAsync(context, existed, ct);
    }

    /// <summary>Asks what the new server recommends for the identity: its keys exist only now. The tokens are stored, so the password goes.</summary>
    private static async Task<StepOutcome> KnowAccountAsync(MigrationContext context, bool existed, CancellationToken ct)
    {
        var target = context.Tools.Target(context);
        var recommended = await target.GetRecommendedDidCredentialsAsync(ct);
        if (!recommended.IsOk)
            return recommended.Error.ToOutcome(Side.Target, context.Now);
        var facts = recommended.Value.ToFacts();
        context.Progress = context.Progress with
        {
            Target = new TargetFacts(
                context.Request.Target!.ServiceDid, context.Request.NewAccount!.Handle, context.Progress.Target?.CreatedAt ?? context.Now,
                existed, facts),
        };
        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.TargetPassword, ct);
        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.InviteCode, ct);
        return new StepOutcome.Done(existed
            ? $"The account was on {target.Pds.Authority} already, switched off. It is used."
            : $"The account is on {target.Pds.Authority}, switched off.");
    }

    /// <summary>What a refusal to make the account means for the person.</summary>
    internal static StepOutcome Explain(XrpcError error, MigrationContext context)
    {
        if (error.Failure != XrpcFailure.Refused)
            return error.ToOutcome(Side.Target, context.Now);
        var what = error.Name switch
        {
            "InvalidInviteCode" => "did not take the invite code. It may be mistyped, used already, or missing",
            "HandleNotAvailable" => "does not give out this handle: it is reserved",
            "InvalidHandle" => "does not take this handle",
            "UnsupportedDomain" => "does not serve handles of this domain",
            "InvalidPassword" => "does not take this password",
            _ => "refused to make the account",
        };
        return new StepOutcome.NeedsPerson(
            HoldCause.TargetAccount,
            $"The new server ({error.Service.Authority}) {what}: {error.Message}",
            context.Progress.Restore?.ClaimAcceptedAt is not null
                ? "Change the details of the new account; the restore goes on from here. Or take the way back: the identity then says "
                    + "again what it said before."
                : "Change the details of the new account; it goes on from here. Nothing was changed.");
    }
}
