using Migrator.Core.Drills;

namespace Migrator.EndToEnd.Tests.Drills;

/// <summary>Tells which steps began, and does something when one of them does; the drill waits for it.</summary>
internal sealed class Steps(string at = "", Action? act = null) : IProgress<DrillProgress>
{
    private readonly List<string> _seen = [];
    private bool _acted;

    public IReadOnlyList<string> Seen => _seen;

    public void Report(DrillProgress value)
    {
        if (!_seen.Contains(value.Step))
            _seen.Add(value.Step);
        if (value.Step != at || _acted)
            return;
        _acted = true;
        act?.Invoke();
    }
}
