using System.Globalization;

namespace Migrator.Benchmarks;

/// <summary>The most memory a process had in use at once, as the kernel counts it (<c>VmHWM</c>).</summary>
internal static class Memory
{
    public static long OwnPeakMiB() => PeakMiB("self");

    public static long PeakMiB(int process) => PeakMiB(process.ToString(CultureInfo.InvariantCulture));

    /// <summary>Looks every few milliseconds until the process has ended. What it used in its very last ones is not seen.</summary>
    public static long Watch(int process)
    {
        var peak = 0L;
        try
        {
            for (; ; Thread.Sleep(4)) peak = PeakMiB(process);
        }
        catch (Exception gone) when (gone is IOException or InvalidOperationException)
        {
            return peak;
        }
    }

    private static long PeakMiB(string process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan("VmHWM:".Length, line.Length - "VmHWM:".Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024;
    }
}
