using System.Diagnostics;
using Migrator.Core.Doctor;
using Migrator.Web.Components;

namespace Migrator.Web.Features.Doctor;

/// <summary>One line on the terminal that is written over, a few times a second at most.</summary>
internal sealed class ConsoleProgress : IProgress<CheckProgress>
{
    private readonly Lock _guard = new();
    private long _last;
    private int _shown;

    public void Report(CheckProgress value)
    {
        lock (_guard)
        {
            if (_last != 0 && Stopwatch.GetElapsedTime(_last) < TimeSpan.FromMilliseconds(250)) return;
            _last = Stopwatch.GetTimestamp();
            var line = $"{value.Doing} {Words.Of(value)}".TrimEnd();
            Console.Error.Write('\r' + line.PadRight(_shown));
            _shown = line.Length;
        }
    }

    public void Clear()
    {
        lock (_guard)
        {
            if (_shown > 0) Console.Error.Write('\r' + new string(' ', _shown) + '\r');
            _shown = 0;
        }
    }
}
