using System.Diagnostics;
using System.Text.Json;

namespace Migrator.Benchmarks;

/// <summary>
/// Verifies the same file with this program and with a peer, in turn, each time as a whole process from a cold start, and compares
/// the medians. Both list every record; the digests of the two lists must be equal, or the figures are worth nothing.
/// </summary>
internal static class PairedVerify
{
    private static readonly string[] Peers = ["atcute-full.mjs", "atproto-import.mjs"];

    /// <param name="file">A file that <c>make-repo</c> made.</param>
    /// <param name="peer">A script of the folder <c>peers</c>.</param>
    /// <param name="rounds">Runs of each; odd numbers have a middle.</param>
    /// <param name="ours"><c>verify</c> or <c>summarize</c> of this program, or the path of a published <c>migrator</c> or <c>migrator-verify</c>.</param>
    public static int Run(string file, string peer, int rounds, string ours = "verify")
    {
        if (!Peers.Contains(peer)) throw new ArgumentException($"Peers: {string.Join(", ", Peers)}.");
        var (did, key) = (RepoMaker.Expectation.Did.ToString()!, RepoMaker.Expectation.SigningKeys[0].DidKey);
        var isProgram = ours is not ("verify" or "summarize");
        string[] verify = Path.GetFileName(ours) == "migrator-verify" ? [] : ["verify"];
        var mine = new List<Figures>();
        var theirs = new List<Figures>();
        for (var round = 0; round < rounds; round++)
        {
            mine.Add(isProgram
                ? Measure(ours, [.. verify, file, "--key", key, "--json"])
                : Measure(Environment.ProcessPath!, [ours, file]));
            theirs.Add(Measure("node", [PeerScript(peer), file, did, key]));
            if (mine[^1].List != theirs[^1].List) throw new InvalidOperationException("The two list different records.");
        }
        Print(isProgram ? $"{Path.GetFileName(ours)} {string.Concat(verify)}" : ours, mine);
        Print(peer, theirs);
        Console.WriteLine(
            $"wall {Median(mine, f => f.Wall.TotalSeconds) / Median(theirs, f => f.Wall.TotalSeconds):f3}, "
            + $"cpu {Median(mine, f => f.Cpu.TotalSeconds) / Median(theirs, f => f.Cpu.TotalSeconds):f3}, "
            + $"memory {Median(mine, f => f.PeakMiB) / Median(theirs, f => f.PeakMiB):f3} of {peer}");
        return 0;
    }

    private static void Print(string name, List<Figures> runs) =>
        Console.WriteLine(
            $"{name,-20} wall {Median(runs, f => f.Wall.TotalSeconds):f2} s ({runs.Min(f => f.Wall.TotalSeconds):f2}-{runs.Max(f => f.Wall.TotalSeconds):f2}), "
            + $"cpu {Median(runs, f => f.Cpu.TotalSeconds):f2} s, peak {Median(runs, f => f.PeakMiB):f0} MiB");

    private static double Median(List<Figures> runs, Func<Figures, double> of) => runs.Select(of).Order().ElementAt(runs.Count / 2);

    private static Figures Measure(string program, string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var peak = Task.Run(() => Memory.Watch(process.Id));
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var wall = watch.Elapsed;
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with code {process.ExitCode}.");
        using var json = JsonDocument.Parse(output);
        // The command of the product says nothing of its processor time and memory, so its memory is watched; the others tell in their last words.
        if (json.RootElement.TryGetProperty("repo", out var repo))
            return new Figures(wall, TimeSpan.Zero, peak.Result, repo.GetProperty("recordsDigest").GetString()![..16]);
        return new Figures(
            wall,
            TimeSpan.FromMilliseconds(json.RootElement.GetProperty("cpuMs").GetInt64()),
            json.RootElement.GetProperty("peakMiB").GetInt64(),
            json.RootElement.GetProperty("list").GetString()!);
    }

    private static string PeerScript(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var peers = Path.Combine(folder.FullName, "tests", "Migrator.Benchmarks", "peers");
            if (Directory.Exists(Path.Combine(peers, "node_modules"))) return Path.Combine(peers, name);
        }
        throw new InvalidOperationException("The peers are not installed: run npm ci in tests/Migrator.Benchmarks/peers.");
    }

    private sealed record Figures(TimeSpan Wall, TimeSpan Cpu, long PeakMiB, string List);
}
