namespace Migrator.Web.Features.Backups;

/// <summary>The pages of the plan wizard, in their order.</summary>
public enum PlanStep
{
    What,
    Where,
    When,
    Check,
}

internal static class PlanSteps
{
    /// <summary>The page on which a field stands, so that a late objection leads back to it.</summary>
    public static PlanStep Of(string field) => field switch
    {
        nameof(PlanAnswers.Name) or nameof(PlanAnswers.Covers) or nameof(PlanAnswers.Accounts) or nameof(PlanAnswers.TakeOver)
            or nameof(PlanAnswers.Server) => PlanStep.What,
        nameof(PlanAnswers.Vaults) or nameof(PlanAnswers.Keys) => PlanStep.Where,
        "" => PlanStep.Check,
        _ => PlanStep.When,
    };

    /// <summary>The fields that a page asks for; the others travel hidden.</summary>
    public static bool Asks(this PlanStep step, string field) => step != PlanStep.Check && Of(field) == step;
}
