using System.Globalization;

namespace Migrator.Benchmarks;

/// <summary>Processor time of a process so far. Unlike a clock it does not mind what else the machine does.</summary>
internal static class Cpu
{
    private const double TicksPerSecond = 100;

    /// <returns>Seconds, in user and kernel mode together.</returns>
    public static double SecondsOf(int process)
    {
        var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
        // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }
}
