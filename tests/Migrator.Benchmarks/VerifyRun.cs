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
        using var repo = await RepoVerifier.VerifyFilesAsync(files, RepoMaker.Expectation);
        var verified = watch.ElapsedMilliseconds;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> line = stackalloc byte[1100];
        foreach (var record in repo.EnumerateRecords())
        {
            System.Text.Encoding.ASCII.GetBytes(record.Path, line);
            record.Cid.CopyTo(line[record.Path.Length..]);
            digest.AppendData(line[..(record.Path.Length + 36)]);
        }
        var listed = watch.ElapsedMilliseconds;
        var list = Convert.ToHexStringLower(digest.GetHashAndReset())[..16];
        Console.WriteLine(
            $"{{\"verifyMs\":{verified},\"listMs\":{listed - verified},\"records\":{repo.Records},\"blocks\":{repo.Blocks},"
            + $"\"blobs\":{repo.Blobs.Count},\"list\":\"{list}\",\"peakMiB\":{PeakMiB()}}}");
        return 0;
    }

    /// <summary>The most memory the process had in use at once, as the kernel counts it.</summary>
    public static long PeakMiB()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2]) / 1024;
    }
}
