using System.Diagnostics;
using System.Runtime;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Benchmarks;

/// <summary>Verifies a repository and lists every record, as one whole process; prints times, counts, a digest of the list, and memory.</summary>
internal static class VerifyRun
{
    private static readonly Stopwatch Watch = new();
    private static long _firstRecordMs;

    /// <summary>From files, which can be read from afterwards.</summary>
    public static async Task<int> FromFilesAsync(string[] files)
    {
        Watch.Start();
        using var list = new ListDigest();
        using var repo = await RepoVerifier.VerifyAndListAsync(files, RepoMaker.Expectation, Into(list));
        return Print(repo, list);
    }

    /// <summary>From one file, for a summary only.</summary>
    public static async Task<int> SummarizeAsync(string file)
    {
        Watch.Start();
        using var list = new ListDigest();
        return Print(await RepoVerifier.SummarizeFileAsync(file, RepoMaker.Expectation, Into(list)), list);
    }

    /// <summary>From a stream that is read once and stored on the way.</summary>
    public static async Task<int> FromStreamAsync(string file)
    {
        await using var car = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        await using var store = new FileStream(file + ".stored", new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.ReadWrite,
            BufferSize = 0,
            Options = FileOptions.DeleteOnClose,
        });
        Watch.Start();
        using var list = new ListDigest();
        return Print(await RepoVerifier.SummarizeStreamAsync(car, store, RepoMaker.Expectation, Into(list)), list);
    }

    /// <summary>The most memory the process had in use at once, as the kernel counts it.</summary>
    public static long PeakMiB()
    {
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2]) / 1024;
    }

    private static RecordVisitor Into(ListDigest list) => (path, cid) =>
    {
        if (_firstRecordMs == 0) _firstRecordMs = Watch.ElapsedMilliseconds;
        list.Add(path, cid);
    };

    private static int Print(VerifiedSummary repo, ListDigest list)
    {
        Console.WriteLine(
            $"{{\"firstRecordMs\":{_firstRecordMs},\"ms\":{Watch.ElapsedMilliseconds},\"records\":{repo.Records},\"blocks\":{repo.Blocks},"
            + $"\"blobs\":{repo.Blobs.Count},\"list\":\"{list.Finish()}\",\"jitMs\":{JitInfo.GetCompilationTime().TotalMilliseconds:f0},"
            + $"\"cpuMs\":{Environment.CpuUsage.TotalTime.TotalMilliseconds:f0},\"peakMiB\":{PeakMiB()}}}");
        return 0;
    }
}
