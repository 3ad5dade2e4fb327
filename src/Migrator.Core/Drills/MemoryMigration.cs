using Migrator.Core.Migrations;

namespace Migrator.Core.Drills;

/// <summary>The one migration of a drill, kept in memory: it is never taken up again by anybody.</summary>
/// <param name="begun">A step begins.</param>
/// <param name="counted">A step counts.</param>
internal sealed class MemoryMigration(Migration first, Action<StepName> begun, Action<LiveProgress> counted) : IMigrationStore
{
    private readonly Lock _door = new();
    private Migration _now = first;

    public Lease Lease { get; } = new(first.Id, 1, "drill");

    public Migration Now
    {
        get
        {
            lock (_door) return _now;
        }
    }

    /// <summary>What a person does who presses Try again.</summary>
    public void TryAgain()
    {
        lock (_door)
            _now = _now with { Request = _now.Request with { Tries = _now.Request.Tries + 1 }, RequestVersion = _now.RequestVersion + 1 };
    }

    public Task<Migration?> FindAsync(MigrationId id, CancellationToken ct) => Task.FromResult<Migration?>(Now);

    public Task<long> ReadRequestVersionAsync(MigrationId id, CancellationToken ct) => Task.FromResult(Now.RequestVersion);

    public Task BeginAttemptAsync(Lease lease, MigrationProgress progress, StepName step, CancellationToken ct)
    {
        Keep(progress);
        begun(step);
        return Task.CompletedTask;
    }

    public Task SaveAsync(
        Lease lease, MigrationProgress progress, AttemptOutcome? attemptEnd, IReadOnlyList<MigrationEvent> events, DateTimeOffset? wakeAt,
        CancellationToken ct)
    {
        Keep(progress);
        return Task.CompletedTask;
    }

    public Task ConfirmAsync(Lease lease, CancellationToken ct) => Task.CompletedTask;

    public Task ReportLiveAsync(Lease lease, LiveProgress live, CancellationToken ct)
    {
        counted(live);
        return Task.CompletedTask;
    }

    private void Keep(MigrationProgress progress)
    {
        lock (_door) _now = _now with { Progress = progress };
    }
}

/// <summary>Nobody kills a drill on purpose.</summary>
internal sealed class NoCrashPoints : ICrashPoints
{
    public void Reach(StepName step, CrashPoint point)
    {
    }
}
