using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// The point of no return. The stored bytes are sent, and sent again if need be; whether it worked is read from the directory's
/// log, never from a reply: a reply can be lost, and the directory answers a repeated operation with "invalid signature".
/// </summary>
public sealed class SubmitIdentityStep : IMigrationStep
{
    public StepName Name => StepName.SubmitIdentity;

    public string Title => "Change the identity";

    public string Explanation =>
        "Tells the world that your account now lives on the new server. From here the way is forward; the way back is a new change.";

    public Reversibility Reversibility => Reversibility.PointOfNoReturn;

    public async Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Did.Method != "plc")
            return await DidWebDocument.CheckAsync(context, ct);
        var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!history.IsOk)
            return history.Error.ToOutcome(Side.Directory, context.Now);
        var operation = context.Cutover.Operation!;
        if (history.Value.Head.Cid == operation.Cid)
        {
            context.Cutover = context.Cutover with
            {
                AcceptedAt = history.Value.Head.CreatedAt,
                SubmittedAt = context.Cutover.SubmittedAt ?? context.Now,
            };
            await EraseKeysAsync(context, ct);
            return new StepOutcome.Done($"The directory's newest operation is ours ({operation.Cid}).");
        }

        // Someone else's operation in between: ours is void, and is never rebuilt over theirs without the person.
        if (context.Request.Kind == MigrationKind.Restore)
            return RestoreIdentity.Effective(context.Request, history.Value).Head.Cid.ToString() == operation.Prev
                ? null
                : (await RestoreIdentity.ReadAsync(context, ct)).Trouble;
        return history.Value.Head.Cid.ToString() == operation.Prev ? null : (await IdentityChange.ReadAsync(context, ct)).Trouble;
    }

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        context.Cutover = context.Cutover with { SubmittedAt = context.Cutover.SubmittedAt ?? context.Now };
        await context.SaveAsync(ct);
        await context.ConfirmLeaseAsync(ct);
        var target = context.Tools.Target(context);
        var sent = await target.SubmitPlcOperationAsync(context.Cutover.Operation!.Json, ct);

        // Whatever was answered: the log knows.
        if (await ProbeAsync(context, ct) is { } known)
            return known;
        if (sent.IsOk)
            return new StepOutcome.Retry("The new server took the operation, but it is not in the directory's log yet.");
        if (IsRateLimit(sent.Error))
        {
            return new StepOutcome.Wait(
                sent.Error.RetryAt ?? context.Now + TimeSpan.FromHours(1),
                $"The PLC directory takes only a few changes of one identity an hour, and there were too many. {NotTaken(context)}");
        }

        switch (sent.Error.Failure)
        {
            case XrpcFailure.Refused:
                context.Cutover = context.Cutover with { OperationRefused = true };
                return new StepOutcome.NeedsPerson(
                    HoldCause.ServerTrouble,
                    $"The operation was refused ({target.Pds.Authority}): {sent.Error.Message}",
                    $"{NotTaken(context)} " + (context.Progress.Restore switch
                    {
                        null => "Press Try again, and say go once more: it is then signed anew.",
                        { ClaimAcceptedAt: null } => "Press Try again: it is sent once more.",
                        _ => "Press Try again: it is sent once more. Or give the identity back.",
                    }));
            case XrpcFailure.SessionLost:
                return ServerAnswers.SignInAgain(Side.Target, target.Pds.Authority);
            default:
                return new StepOutcome.Retry($"The operation could not be sent: {sent.Error.Message}");
        }
    }

    private static string NotTaken(MigrationContext context) => context.Progress.Restore is { ClaimAcceptedAt: not null }
        ? "The identity still names the temporary key and is in your hands."
        : "Nothing was changed.";

    /// <summary>A restore's keys have done their work.</summary>
    private static async Task EraseKeysAsync(MigrationContext context, CancellationToken ct)
    {
        if (context.Request.Kind != MigrationKind.Restore)
            return;
        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.RotationKey, ct);
        await context.Tools.Secrets.EraseAsync(context.Id, SecretName.TemporaryKey, ct);
    }

    /// <summary>The directory says it with status 400, passed on by the server (protocol F.5).</summary>
    private static bool IsRateLimit(XrpcError error) =>
        error.Failure == XrpcFailure.Throttled
        || error.Message.Contains("within last", StringComparison.OrdinalIgnoreCase)
        || error.Message.Contains("rate limit", StringComparison.OrdinalIgnoreCase);
}
