using System.Threading.Channels;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Tests.Engine;

/// <summary>A run as the engine started it; the test decides how it ends.</summary>
public sealed class TestRun(Lease lease, CancellationToken ct)
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Lease Lease => lease;

    /// <summary>Completes when the engine asks the run to stop.</summary>
    public Task Stopped { get; } = WhenCancelledAsync(ct);

    public void End() => _end.TrySetResult();

    public void Break(Exception problem) => _end.TrySetException(problem);

    internal Task WaitAsync() => _end.Task.WaitAsync(ct);

    private static async Task WhenCancelledAsync(CancellationToken ct)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = ct.Register(() => cancelled.TrySetResult());
        await cancelled.Task;
    }
}

/// <summary>Hands each run to the test.</summary>
public sealed class TestRunner : IMigrationRunner
{
    private readonly Channel<TestRun> _runs = Channel.CreateUnbounded<TestRun>();

    /// <summary>The next run; fails the test when none comes in half a minute.</summary>
    public Task<TestRun> NextAsync(CancellationToken ct) => _runs.Reader.ReadAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), ct);

    public bool HasAnother => _runs.Reader.TryPeek(out _);

    public async Task RunAsync(Lease lease, CancellationToken ct)
    {
        var run = new TestRun(lease, ct);
        await _runs.Writer.WriteAsync(run, ct);
        await run.WaitAsync();
    }
}
