using System.Diagnostics;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Repo;

namespace Migrator.Benchmarks;

/// <summary>Verifies a repository and lists every record, as one whole process; prints times, counts, a digest of the list, and memory.</summary>
internal static class VerifyRun
{
    public static async Task<int> RunAsync(string[] files)
    {
        var watch = Stopwatch.StartNew();
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var lines = new byte[64 * 1024];
        var filled = 0;
        using var repo = await RepoVerifier.VerifyAndListAsync(files, RepoMaker.Expectation, (path, cid) =>
        {
            if (lines.Length - filled < path.Length + 36)
            {
                digest.AppendData(lines, 0, filled);
                filled = 0;
            }
            path.CopyTo(lines.AsSpan(filled));
            cid.CopyTo(lines.AsSpan(filled + path.Length));
            filled += path.Length + 36;
        });
        digest.AppendData(lines, 0, filled);
        var list = Convert.ToHexStringLower(digest.GetHashAndReset())[..16];
        Console.WriteLine(
            $"{{\"ms\":{watch.ElapsedMilliseconds},\"records\":{repo.Records},\"blocks\":{repo.Blocks},"
            + $"\"blobs\":{repo.Blobs.Count},\"list\":\"{list}\",\"cpuMs\":{Environment.CpuUsage.TotalTime.TotalMilliseconds:f0},\"peakMiB\":{PeakMiB()}}}");
        return 0;
    }

    /// <summary>The most memory the process had in use at once, as the kernel counts it.</summary>
    public static long PeakMiB()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2]) / 1024;
    }
}
