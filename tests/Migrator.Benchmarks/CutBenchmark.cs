using Migrator.Testing.Network;

namespace Migrator.Benchmarks;

/// <summary>How long nobody can use the account: from "the old one is switched off" to "the new one is on".</summary>
internal static class CutBenchmark
{
    public static async Task<int> RunAsync(string program, int runs, int records, int blobs)
    {
        await using var network = await RealNetwork.StartAsync(CancellationToken.None);
        var small = new FillOptions();
        var large = new FillOptions
        {
            Posts = records - (records / 2), Likes = records / 2, Images = blobs, BlobBytes = 65_536, Reposts = 0, Follows = 0, Recipes = 0, Orphans = 0,
        };
        foreach (var (name, fill) in new[] { ("small", small), ("large", large) })
        {
            var series = new Series(name, "s");
            for (var run = 0; run < runs; run++)
            {
                var account = await network.CreateAccountAsync(network.A, CancellationToken.None, fill: fill with { Seed = run + 1 });
                await using var migrator = await MigratorProgram.StartAsync(program, network);
                var move = new Move(migrator, network, account, network.A, network.B);
                await move.DraftAsync();
                await move.CopyAsync();
                series.Add(await move.CutAsync());
                Console.WriteLine($"{name}: {account.Records} records, {account.Blobs.Count} blobs: {await move.StoryAsync()}; peak {migrator.PeakMiB} MiB");
            }

            Console.WriteLine(series);
        }

        return 0;
    }
}
