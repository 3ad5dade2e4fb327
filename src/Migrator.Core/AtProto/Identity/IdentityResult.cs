namespace Migrator.Core.AtProto.Identity;

/// <summary>An identity, or why there is none.</summary>
/// <param name="Identity">Null when there was a problem.</param>
/// <param name="Problem">Null when there was none.</param>
/// <param name="Message">For a person: what is wrong, on whose side, and what to do. Empty when nothing is.</param>
public sealed record IdentityResult(ResolvedIdentity? Identity, IdentityProblem? Problem, string Message)
{
    internal static IdentityResult Found(ResolvedIdentity identity) => new(identity, null, "");

    internal static IdentityResult Failed(IdentityProblem problem, string message) => new(null, problem, message);
}
