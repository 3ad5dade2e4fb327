using Migrator.Core.Doctor;

namespace Migrator.Jobs.Doctor;

/// <summary>One check while it waits, runs and is remembered. Safe to look at while it changes.</summary>
internal sealed class CheckRun(string id, string owner, string subject, CheckKind kind, DateTimeOffset startedAt) : IProgress<CheckProgress>, IDisposable
{
    public const string ItsTurn = "Waiting for its turn";

    private readonly Lock _guard = new();
    private readonly CancellationTokenSource _stop = new();
    private CheckProgress _progress = new(ItsTurn);
    private CheckState _state = CheckState.Waiting;
    private DateTimeOffset? _endedAt;
    private CheckReport? _report;
    private string? _problem;

    public string Id => id;

    public string Owner => owner;

    public DateTimeOffset StartedAt => startedAt;

    public CancellationToken Stopped => _stop.Token;

    public bool IsOver => View().State is CheckState.Done or CheckState.Failed or CheckState.Stopped;

    /// <summary>Says what happens before it runs.</summary>
    public void Wait(string what)
    {
        lock (_guard)
            _progress = new CheckProgress(what);
    }

    public void Report(CheckProgress value)
    {
        lock (_guard)
            (_progress, _state) = (value, _state == CheckState.Waiting ? CheckState.Running : _state);
    }

    public void Stop() => _stop.Cancel();

    public void End(CheckState state, DateTimeOffset at, CheckReport? report = null, string? problem = null)
    {
        lock (_guard)
            (_state, _endedAt, _report, _problem) = (state, at, report, problem);
    }

    public CheckView View()
    {
        lock (_guard)
        {
            return new CheckView(
                id, subject, kind, _state, _progress.Doing, _progress.Done, _progress.Total, _progress.InBytes, startedAt, _endedAt, _report, _problem);
        }
    }

    public void Dispose() => _stop.Dispose();
}
