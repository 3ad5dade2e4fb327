using System.Threading.Channels;
using Migrator.Core.Drills;

namespace Migrator.Jobs.Tests.Engine;

/// <summary>A drill as the engine began it; the test decides how it ends.</summary>
public sealed class BegunDrill(DrillOrder order, IProgress<DrillProgress>? progress)
{
    private readonly TaskCompletionSource<DrillReport> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DrillOrder Order => order;

    public void Say(DrillProgress at) => progress!.Report(at);

    public void End(DrillReport report) => _end.TrySetResult(report);

    public void EndProven() => End(TestDrill.Report(order.Snapshot));

    public void Break(Exception problem) => _end.TrySetException(problem);

    internal Task<DrillReport> WaitAsync(CancellationToken ct) => _end.Task.WaitAsync(ct);
}

/// <summary>Hands each drill to the test.</summary>
public sealed class TestDrill : IDrill, ISandboxFinder
{
    private readonly Channel<BegunDrill> _begun = Channel.CreateUnbounded<BegunDrill>();

    public bool HasAnother => _begun.Reader.TryPeek(out _);

    /// <summary>The folders that were swept.</summary>
    public List<string> Swept { get; } = [];

    public static DrillReport Report(
        string snapshot, DrillOutcome outcome = DrillOutcome.Proven, string? trouble = null, params DrillFinding[] findings) => new()
        {
            Snapshot = snapshot,
            Vault = "the disk",
            TakenAt = DateTimeOffset.UnixEpoch,
            StartedAt = DateTimeOffset.UnixEpoch,
            EndedAt = TimeProvider.System.GetUtcNow(),
            Outcome = outcome,
            Depth = outcome == DrillOutcome.Proven ? DrillDepth.Sandbox : DrillDepth.None,
            Trouble = trouble,
            Counts = outcome == DrillOutcome.Proven ? new DrillCounts(222, 222, 31, 31, 0, 5000) : new DrillCounts(221, 222, 31, 31, 0, 5000),
            Findings = findings,
            Steps = [],
        };

    /// <summary>The next drill; fails the test when none comes in half a minute.</summary>
    public Task<BegunDrill> NextAsync(CancellationToken ct) => _begun.Reader.ReadAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), ct);

    public async Task<DrillReport> RunAsync(DrillOrder order, IProgress<DrillProgress>? progress, CancellationToken ct)
    {
        var drill = new BegunDrill(order, progress);
        await _begun.Writer.WriteAsync(drill, ct);
        return await drill.WaitAsync(ct);
    }

    public void Sweep(string workFolder) => Swept.Add(workFolder);

    public Task<SandboxAvailability> FindAsync(CancellationToken ct) =>
        Task.FromResult(new SandboxAvailability(true, "Node.js and the sandbox are there.", "v22.0.0", "/sandbox"));
}
