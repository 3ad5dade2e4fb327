using System.Diagnostics;
using Migrator.Core.AtProto.Repo;

namespace Migrator.Benchmarks;

/// <summary>Verifies two repositories and compares them, as one whole process.</summary>
internal static class DiffRun
{
    public static async Task<int> RunAsync(string first, string second)
    {
        var watch = Stopwatch.StartNew();
        using var a = await RepoVerifier.VerifyFilesAsync([first], RepoMaker.Expectation);
        using var b = await RepoVerifier.VerifyFilesAsync([second], RepoMaker.Expectation);
        var verified = watch.Elapsed;
        var difference = RepoDiff.Compare(a, b);
        Console.WriteLine(
            $"{{\"verifyMs\":{verified.TotalMilliseconds:f0},\"diffMs\":{(watch.Elapsed - verified).TotalMilliseconds:f2},"
            + $"\"missing\":{difference.Missing.Count},\"extra\":{difference.Extra.Count},\"changed\":{difference.Changed.Count},"
            + $"\"nodesRead\":{difference.NodesRead},\"peakMiB\":{VerifyRun.PeakMiB()}}}");
        return 0;
    }
}
