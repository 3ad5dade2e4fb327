namespace Migrator.Testing.Network;

/// <summary>What the independent judge (tests/network/judge.mjs) found.</summary>
public sealed record JudgeReport(bool Ok, IReadOnlyList<JudgeCheck> Checks)
{
    public IEnumerable<JudgeCheck> Failed => Checks.Where(check => !check.Ok);

    /// <summary>The failed checks, one a line; for a test's message.</summary>
    public override string ToString() =>
        Ok ? $"same ({Checks.Count} checks)" : string.Join(Environment.NewLine, Failed.Select(check => $"{check.Name}: {check.Detail}"));
}

public sealed record JudgeCheck(string Name, bool Ok, string? Detail);
