using System.Globalization;
using Migrator.Testing.Network;

namespace Migrator.Benchmarks;

/// <summary>
/// The first copy of an account between two reference servers: Migrator against the steps of the official guide, one after another.
/// The same account each time; what a run made on the new server is deleted before the next.
/// </summary>
internal static class CopyBenchmark
{
    public static async Task<int> RunAsync(string program, int runs, int records, int blobs, params int[] atOnce)
    {
        await using var network = await RealNetwork.StartAsync(CancellationToken.None);
        var fill = new FillOptions
        {
            Posts = records - (records / 2), Likes = records / 2, Images = blobs, BlobBytes = 65_536, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0,
        };
        var account = await network.CreateAccountAsync(network.A, CancellationToken.None, fill: fill);
        Console.WriteLine($"{account.Records} records, {account.Blobs.Count} blobs");

        var guide = new Series("guide", "s");
        var ours = atOnce.Select(count => (Count: count, Copied: new Series($"ours, {count} at once, copy", "s"), Proven: new Series($"ours, {count} at once, copy and proof", "s"))).ToList();
        for (var run = 0; run <= runs; run++)
        {
            var theirs = await GuideAsync(network, account);
            if (run > 0) // the servers' own first requests are slow
                guide.Add(theirs);
            foreach (var (count, copied, proven) in ours)
            {
                var seconds = await OursAsync(program, network, account, count);
                if (run == 0)
                    continue;
                copied.Add(seconds.Copied);
                proven.Add(seconds.Proven);
            }
        }

        Console.WriteLine(guide);
        foreach (var (_, copied, proven) in ours)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{copied}\n{proven}\nours / guide = {copied.Median / guide.Median:0.00}, with proof {proven.Median / guide.Median:0.00}"));
        }

        return 0;
    }

    private static async Task<(double Copied, double Proven)> OursAsync(string program, RealNetwork network, FilledAccount account, int atOnce)
    {
        await using var migrator = await MigratorProgram.StartAsync(program, network, $"--Migrator:Move:BlobsAtOnce={atOnce}");
        var move = new Move(migrator, network, account, network.A, network.B);
        await move.DraftAsync();
        var (old, @new, own) = (Cpu.SecondsOf(network.A.Pid), Cpu.SecondsOf(network.B.Pid), migrator.CpuSeconds);
        var seconds = await move.CopyAsync();
        Console.WriteLine($"ours, {atOnce} at once: {await move.StoryAsync()}; peak {migrator.PeakMiB} MiB; processor time: {Servers(network, old, @new)}, "
            + $"Migrator {migrator.CpuSeconds - own:0.0} s");
        await network.B.Admin.DeleteAccountAsync(account.Did, CancellationToken.None);
        return seconds;
    }

    private static async Task<double> GuideAsync(RealNetwork network, FilledAccount account)
    {
        var (old, @new) = (Cpu.SecondsOf(network.A.Pid), Cpu.SecondsOf(network.B.Pid));
        await using var peer = ChildProcess.Peer(
            "guide.mjs", network.A.Url, network.B.Url, account.Handle, account.Password, network.NewHandle(network.B, "guided"));
        var (answer, _) = await peer.FinishAsync();
        Console.WriteLine($"guide: {answer}; processor time: {Servers(network, old, @new)}");
        await network.B.Admin.DeleteAccountAsync(account.Did, CancellationToken.None);
        return answer.GetProperty("ms").GetDouble() / 1000;
    }

    private static string Servers(RealNetwork network, double old, double @new) =>
        $"old server {Cpu.SecondsOf(network.A.Pid) - old:0.0} s, new server {Cpu.SecondsOf(network.B.Pid) - @new:0.0} s";
}
