namespace Migrator.Core.Vaults;

/// <summary>What trying a vault out showed.</summary>
/// <param name="Steps">What was tried, in order. Nothing is tried after a step that failed.</param>
/// <param name="RefusesOverwrite">
/// Whether the store itself refuses to write a name twice (a folder: always; S3: <c>If-None-Match</c>); null when not found out. Where it
/// does not, a look before each write has to do, and two programs that write one name in the same moment go unnoticed.
/// </param>
/// <param name="ObjectLock">Whether and how long the store keeps objects from being deleted; null when it did not say.</param>
/// <param name="FreeBytes">Room that is left; null when unknown.</param>
public sealed record VaultTrial(
    IReadOnlyList<VaultTrialStep> Steps, bool? RefusesOverwrite = null, ObjectLock? ObjectLock = null, long? FreeBytes = null)
{
    public bool Works => Steps.Count > 0 && Steps.All(step => step.Problem is null);

    /// <summary>The fault that ended the trial, or null.</summary>
    public VaultException? Problem => Steps.Select(step => step.Problem).FirstOrDefault(problem => problem is not null);

    /// <summary>Things to know that are no fault, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];
}
