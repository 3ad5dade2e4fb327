using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Engine;

/// <summary>
/// Kills this process, as hard as <c>kill -9</c>, at the place that the environment variable MIGRATOR_CRASH_AT names:
/// <c>step.before</c>, <c>step.intent</c>, <c>step.effect</c> or <c>step.record</c>, several with commas between. With
/// MIGRATOR_CRASH_ONCE_FILE, a folder-and-name prefix, each place kills once: a marker file is made first and is found by the next start.
/// For tests; unset, it does nothing.
/// </summary>
public sealed class CrashPoints : ICrashPoints
{
    private readonly HashSet<string> _points;
    private readonly string? _onceFile;
    private readonly Action _kill;
    private readonly ILogger<CrashPoints> _log;

    public CrashPoints(ILogger<CrashPoints> log)
        : this(
            Environment.GetEnvironmentVariable("MIGRATOR_CRASH_AT"),
            Environment.GetEnvironmentVariable("MIGRATOR_CRASH_ONCE_FILE"),
            () => Process.GetCurrentProcess().Kill(),
            log)
    {
    }

    internal CrashPoints(string? points, string? onceFile, Action kill, ILogger<CrashPoints> log)
    {
        const StringSplitOptions clean = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        _points = new HashSet<string>((points ?? "").Split(',', clean), StringComparer.OrdinalIgnoreCase);
        _onceFile = string.IsNullOrEmpty(onceFile) ? null : onceFile;
        _kill = kill;
        _log = log;
    }

    public void Reach(StepName step, CrashPoint point)
    {
        if (_points.Count == 0)
            return;
        var name = $"{step}.{point}";
        if (!_points.Contains(name) || !IsFirstTime(name))
            return;
        Log.CrashPointReached(_log, name);
        _kill();
    }

    private bool IsFirstTime(string name)
    {
        if (_onceFile is null)
            return true;
        try
        {
            using var marker = new FileStream($"{_onceFile}.{name.ToLowerInvariant()}", FileMode.CreateNew);
            return true;
        }
        catch (IOException) when (File.Exists($"{_onceFile}.{name.ToLowerInvariant()}"))
        {
            return false;
        }
    }
}
