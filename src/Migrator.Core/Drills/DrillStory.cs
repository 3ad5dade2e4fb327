using Migrator.Core.Backups;

namespace Migrator.Core.Drills;

/// <summary>Collects what becomes the report of one drill.</summary>
internal sealed class DrillStory(DrillOrder order, TimeProvider time, IProgress<DrillProgress>? progress)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly List<DrillStep> _steps = [];
    private SnapshotManifest? _manifest;
    private DrillDepth _depth = DrillDepth.None;
    private DrillCounts _counts = DrillCounts.None;

    public void Begin(string step, string title) => progress?.Report(new DrillProgress(step, title, 0, null));

    public void Know(SnapshotManifest manifest) => _manifest = manifest;

    /// <summary>This depth was brought to its end.</summary>
    public void Reach(DrillDepth depth, DrillCounts counts) => (_depth, _counts) = (depth, counts);

    public void Add(string step, string title, string? note) => _steps.Add(new DrillStep(step, title, time.GetUtcNow(), note));

    public void Add(IEnumerable<DrillStep> steps) => _steps.AddRange(steps);

    /// <summary>Everything that was looked at is right.</summary>
    public DrillReport Proven(string? whyNotDeeper) => End(DrillOutcome.Proven, [], whyNotDeeper, null);

    public DrillReport Faulty(IReadOnlyList<DrillFinding> findings, string? whyNotDeeper) =>
        End(DrillOutcome.Faulty, findings, whyNotDeeper, null);

    public DrillReport NotProven(string trouble) => End(DrillOutcome.NotProven, [], _depth == DrillDepth.Sandbox ? null : trouble, trouble);

    private DrillReport End(DrillOutcome outcome, IReadOnlyList<DrillFinding> findings, string? whyNotDeeper, string? trouble) => new()
    {
        Snapshot = order.Snapshot,
        Vault = order.Vault.Name,
        Did = _manifest?.Did.ToString(),
        Handle = _manifest?.Handle?.ToString(),
        TakenAt = _manifest?.TakenAt,
        StartedAt = _started,
        EndedAt = time.GetUtcNow(),
        Outcome = outcome,
        Depth = _depth,
        WhyNotDeeper = whyNotDeeper,
        Trouble = trouble,
        Counts = _counts,
        Findings = findings.Count <= DrillReport.MostFindings ? findings : [.. findings.Take(DrillReport.MostFindings)],
        FindingsNotListed = Math.Max(0, findings.Count - DrillReport.MostFindings),
        Steps = _steps,
    };
}
