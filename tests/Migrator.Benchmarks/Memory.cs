using System.Globalization;

namespace Migrator.Benchmarks;

/// <summary>The most memory a process had in use at once, as the kernel counts it (<c>VmHWM</c>).</summary>
internal static class Memory
{
    public static long OwnPeakMiB() => PeakMiB("self");

    public static long PeakMiB(int process) => PeakMiB(process.ToString(CultureInfo.InvariantCulture));

    private static long PeakMiB(string process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmHWM:".Length, line.Length - "VmHWM:".Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024;
    }
}
