namespace Migrator.Core.Vaults;

/// <summary>One thing that was tried.</summary>
/// <param name="What">For people: <c>Write an object</c>.</param>
/// <param name="Problem">What went wrong, or null.</param>
public sealed record VaultTrialStep(string What, VaultException? Problem = null);
