using System.Globalization;
using Migrator.Testing.Network;

namespace Migrator.Benchmarks;

/// <summary>
/// The first copy of an account between two reference servers: Migrator against the steps of the official guide, one after another.
/// The same account each time; what a run made on the new server is deleted before the next.
/// </summary>
internal static class CopyBenchmark
{
    public static async Task<int> RunAsync(string program, int runs, int records, int blobs)
    {
        await using var network = await RealNetwork.StartAsync(CancellationToken.None);
        var fill = new FillOptions
        {
            Posts = records - (records / 2), Likes = records / 2, Images = blobs, BlobBytes = 65_536, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0,
        };
        var account = await network.CreateAccountAsync(network.A, CancellationToken.None, fill: fill);
        Console.WriteLine($"{account.Records} records, {account.Blobs.Count} blobs");

        var (copied, proven, guide) = (new Series("ours, copy", "s"), new Series("ours, copy and proof", "s"), new Series("guide", "s"));
        for (var run = 0; run <= runs; run++)
        {
            var ours = await OursAsync(program, network, account);
            var theirs = await GuideAsync(network, account);
            if (run == 0)
                continue; // the servers' own first requests are slow
            copied.Add(ours.Copied);
            proven.Add(ours.Proven);
            guide.Add(theirs);
        }

        Console.WriteLine($"{copied}\n{proven}\n{guide}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"ours / guide = {copied.Median / guide.Median:0.00}, with proof {proven.Median / guide.Median:0.00}"));
        return 0;
    }

    private static async Task<(double Copied, double Proven)> OursAsync(string program, RealNetwork network, FilledAccount account)
    {
        await using var migrator = await MigratorProgram.StartAsync(program, network);
        var move = new Move(migrator, network, account, network.A, network.B);
        await move.DraftAsync();
        var seconds = await move.CopyAsync();
        Console.WriteLine($"ours: {await move.StoryAsync()}; peak {migrator.PeakMiB} MiB");
        await network.B.Admin.DeleteAccountAsync(account.Did, CancellationToken.None);
        return seconds;
    }

    private static async Task<double> GuideAsync(RealNetwork network, FilledAccount account)
    {
        await using var peer = ChildProcess.Peer(
            "guide.mjs", network.A.Url, network.B.Url, account.Handle, account.Password, network.NewHandle(network.B, "guided"));
        var (answer, _) = await peer.FinishAsync();
        Console.WriteLine($"guide: {answer}");
        await network.B.Admin.DeleteAccountAsync(account.Did, CancellationToken.None);
        return answer.GetProperty("ms").GetDouble() / 1000;
    }
}
