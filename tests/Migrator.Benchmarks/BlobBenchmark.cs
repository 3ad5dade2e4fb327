using System.Globalization;

namespace Migrator.Benchmarks;

/// <summary>
/// Blobs from one stub server to another: how close the time comes to what the servers themselves take, how it compares with the
/// JavaScript client, and what memory it costs. Every run is a whole process of its own; A and B take turns.
/// </summary>
internal static class BlobBenchmark
{
    private const int GiveMs = 20;
    private const int TakeMs = 60;

    public static async Task<int> RunAsync(int runs)
    {
        await WithServersAsync("1,000 x 64 KB, 20 ms to give, 60 ms to take", Enumerable.Repeat(65_536L, 1000), GiveMs, TakeMs, async servers =>
        {
            foreach (var atOnce in new[] { 16, 32 })
            {
                var unavoidable = 1000 * (GiveMs + TakeMs) / 1000.0 / atOnce;
                var ratio = await CompareAsync(servers, atOnce, atOnce, runs);
                Console.WriteLine($"  at {atOnce}: ours / unavoidable ({unavoidable:0.00} s) = {ratio.Ours / unavoidable:0.00}");
            }
        });
        await WithServersAsync("2,000 x 250 kB, no delay", Enumerable.Repeat(250_000L, 2000), 0, 0, servers => CompareAsync(servers, 16, 16, runs));
        await WithServersAsync("5,000 x 2 KiB, no delay", Enumerable.Repeat(2048L, 5000), 0, 0, servers => CompareAsync(servers, 16, 16, runs));
        await WithServersAsync("one of 1 GB among 500 x 64 KB, no delay", [1_000_000_000L, .. Enumerable.Repeat(65_536L, 500)], 0, 0, async servers =>
        {
            var (answer, _) = await OursAsync(servers, 32);
            Console.WriteLine($"  ours at 32: {answer}");
        });
        return 0;
    }

    private static async Task WithServersAsync(string title, IEnumerable<long> sizes, int giveMs, int takeMs, Func<Servers, Task> measure)
    {
        Console.WriteLine(title);
        var manifest = Path.GetTempFileName();
        BlobSet.WriteManifest(manifest, sizes);
        await using var from = ChildProcess.Self("stub-pds", manifest, $"{giveMs}", "0");
        await using var to = ChildProcess.Self("stub-pds", manifest, "0", $"{takeMs}");
        await measure(new Servers($"http://127.0.0.1:{await from.ReadLineAsync()}", $"http://127.0.0.1:{await to.ReadLineAsync()}", manifest));
        File.Delete(manifest);
    }

    private static async Task<(double Ours, double Theirs)> CompareAsync(Servers servers, int oursAtOnce, int theirsAtOnce, int runs)
    {
        var ours = new Series($"  ours at {oursAtOnce}, copying", "s");
        var oursWhole = new Series($"  ours at {oursAtOnce}, whole process", "s");
        var oursMemory = new Series($"  ours at {oursAtOnce}, peak", "MiB");
        var theirs = new Series($"  @atproto/api at {theirsAtOnce}, copying", "s");
        var theirsWhole = new Series($"  @atproto/api at {theirsAtOnce}, whole process", "s");
        var theirsMemory = new Series($"  @atproto/api at {theirsAtOnce}, peak", "MiB");
        await OursAsync(servers, oursAtOnce); // the stubs' own first requests are slow
        for (var run = 0; run < runs; run++)
        {
            Add(await OursAsync(servers, oursAtOnce), ours, oursWhole, oursMemory);
            await using var peer = ChildProcess.Peer("blob-pool.mjs", servers.From, servers.To, servers.Manifest, theirsAtOnce.ToString(CultureInfo.InvariantCulture));
            Add(await peer.FinishAsync(), theirs, theirsWhole, theirsMemory);
        }

        foreach (var series in new[] { ours, oursWhole, oursMemory, theirs, theirsWhole, theirsMemory })
            Console.WriteLine(series);
        Console.WriteLine($"  ours / theirs = {ours.Median / theirs.Median:0.00} copying, {oursWhole.Median / theirsWhole.Median:0.00} whole process");
        return (ours.Median, theirs.Median);
    }

    private static void Add((System.Text.Json.JsonElement Answer, double Seconds) run, Series copying, Series whole, Series memory)
    {
        copying.Add(run.Answer.GetProperty("ms").GetDouble() / 1000);
        whole.Add(run.Seconds);
        memory.Add(run.Answer.GetProperty("peakMiB").GetDouble());
    }

    private static async Task<(System.Text.Json.JsonElement Answer, double Seconds)> OursAsync(Servers servers, int atOnce)
    {
        await using var child = ChildProcess.Self("blob-copy", servers.From, servers.To, servers.Manifest, $"{atOnce}");
        return await child.FinishAsync();
    }

    private sealed record Servers(string From, string To, string Manifest);
}
