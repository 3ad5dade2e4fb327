using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations;

/// <summary>
/// What a step works with: the person's request as it was when the step began, the progress it adds facts to,
/// clients bound to the two servers, and the ports. One per run of a step.
/// </summary>
public sealed class MigrationContext(
    Lease lease,
    Migration migration,
    MigrationTools tools,
    TimeProvider time)
{
    private DateTimeOffset _lastLive = DateTimeOffset.MinValue;

    public MigrationId Id => lease.Migration;

    public Lease Lease => lease;

    public MigrationRequest Request => migration.Request;

    public string Owner => migration.Owner;

    public Did Did => migration.Request.Did;

    /// <summary>Facts found so far. A step replaces it; the runner stores it with the step's outcome.</summary>
    public MigrationProgress Progress { get; set; } = migration.Progress;

    public CutoverFacts Cutover
    {
        get => Progress.Cutover;
        set => Progress = Progress with { Cutover = value };
    }

    /// <summary>
    /// Something of the work was done for good in this run of the step. Troubles in between then do not use up the tries of a copy that
    /// takes days.
    /// </summary>
    public bool MadeHeadway { get; set; }

    public MigrationTools Tools => tools;

    public DateTimeOffset Now => time.GetUtcNow();

    public Workspace Workspace { get; } = tools.WorkspaceOf(lease.Migration);

    /// <summary>Events to be stored with the step's outcome.</summary>
    public List<MigrationEvent> Events { get; } = [];

    public void Tell(StepName step, string text) => Events.Add(new MigrationEvent(Now, step, text));

    /// <summary>Stores the facts found so far while the step is still running: an intent that must outlive a crash.</summary>
    public async Task SaveAsync(CancellationToken ct)
    {
        await tools.Store.SaveAsync(lease, Progress, null, Events, null, ct);
        Events.Clear();
    }

    /// <summary>Right before an effect that cannot be taken back.</summary>
    public Task ConfirmLeaseAsync(CancellationToken ct) => tools.Store.ConfirmAsync(lease, ct);

    /// <summary>Tells the progress bar; at most once a second reaches the store.</summary>
    public async Task ReportAsync(StepName step, long done, long? total, long bytesDone, long? bytesTotal, CancellationToken ct)
    {
        var now = Now;
        if (now - _lastLive < TimeSpan.FromSeconds(1) && done != total)
            return;
        _lastLive = now;
        await tools.Store.ReportLiveAsync(lease, new LiveProgress(step, done, total, bytesDone, bytesTotal, now), ct);
    }
}
