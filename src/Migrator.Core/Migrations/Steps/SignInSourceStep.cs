using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Checks that the stored session belongs to this account and may do all that a move needs, and asks the old server what it
/// recommends for itself: those keys are its own and leave the identity with the move.
/// </summary>
public sealed class SignInSourceStep : IMigrationStep
{
    public StepName Name => StepName.SignInSource;

    public string Title => "Sign in to the old server";

    public string Explanation => "Uses the sign-in that you gave. Your password was used once and not kept.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var source = await context.Tools.SourceAsync(context, ct);
        var session = await source.GetSessionAsync(ct);
        if (!session.IsOk)
            return Unless(session.Error, context);
        if (session.Value.Did != context.Did)
        {
            // Two accounts of one person are easily mixed up; their data must not be.
            await context.Tools.Secrets.EraseAsync(context.Id, SecretName.SourceTokens, ct);
            return ServerAnswers.SignInAgain(Side.Source, source.Pds.Authority) with
            {
                Message = "The sign-in belongs to another account than the one to be moved.",
            };
        }

        var recommended = await source.GetRecommendedDidCredentialsAsync(ct);
        if (!recommended.IsOk)
            return Unless(recommended.Error, context);
        context.Progress = context.Progress with { Identity = context.Progress.Identity! with { OldHost = recommended.Value.ToFacts() } };
        return new StepOutcome.Done($"Signed in as {session.Value.Handle?.ToString() ?? context.Did.ToString()}.");
    }

    // Without a stored session every call is answered with "authentication required".
    private static StepOutcome Unless(XrpcError error, MigrationContext context) =>
        error.Failure == XrpcFailure.Refused && error.Status is 401 or 403
            ? ServerAnswers.SignInAgain(Side.Source, error.Service.Authority)
            : error.ToOutcome(Side.Source, context.Now);
}
