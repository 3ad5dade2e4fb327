using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Testing.Network;
using Migrator.Testing.Repos;

namespace Migrator.Benchmarks;

/// <summary>What memory the program takes for the whole move of a large repo, between two reference servers.</summary>
internal static class MemoryBenchmark
{
    public static async Task<int> RunAsync(string program, int records)
    {
        await using var network = await RealNetwork.StartAsync(CancellationToken.None);
        var account = await network.CreateAccountAsync(network.A, CancellationToken.None);
        await FillAsync(network.A, account, records);
        await using var migrator = await MigratorProgram.StartAsync(program, network);
        var move = new Move(migrator, network, account, network.A, network.B);
        await move.DraftAsync();
        Console.WriteLine($"{migrator.PeakMiB} MiB before the start");
        var (copied, proven) = await move.CopyAsync();
        Console.WriteLine($"{migrator.PeakMiB} MiB after copy ({copied:0.0} s) and proof ({proven:0.0} s)");
        var cut = await move.CutAsync();
        Console.WriteLine($"{migrator.PeakMiB} MiB after the cut ({cut:0.0} s) and the end: {await move.StoryAsync()}");
        return 0;
    }

    /// <summary>Makes a repo file for the account; run as a process of its own.</summary>
    public static int MakeRepo(string did, int records, string file)
    {
        using var key = PrivateKey.Generate(KeyCurve.K256);
        var builder = new RepoBuilder(Did.Parse(did), key);
        var start = new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var i = 0; i < records; i++)
        {
            var rkey = Tid.FromTime(start.AddSeconds(i * 61L), i % 1024);
            builder.Put($"{(i % 5 < 2 ? "app.bsky.feed.post" : "app.bsky.feed.like")}/{rkey}", writer =>
            {
                writer.BeginMap();
                writer.WriteKey("$type");
                writer.WriteText(i % 5 < 2 ? "app.bsky.feed.post" : "app.bsky.feed.like");
                writer.WriteKey("text");
                writer.WriteText($"Record {i}. " + new string('x', i * 37 % 250));
                writer.WriteKey("createdAt");
                writer.WriteText(start.AddSeconds(i * 61L).ToString("O"));
                writer.EndMap();
            });
        }

        using var stream = File.Create(file);
        builder.Build().WriteCar(stream);
        return 0;
    }

    /// <summary>Gives the account the made records by importing them; an empty commit after it makes the server sign them.</summary>
    private static async Task FillAsync(PdsProcess pds, FilledAccount account, int records)
    {
        var file = Path.GetTempFileName();
        await using var maker = ChildProcess.Self("make-account-repo", account.Did, $"{records}", file);
        await maker.Process.WaitForExitAsync();
        await using var importer = ChildProcess.Peer("import.mjs", pds.Url, account.Handle, account.Password, file);
        Console.WriteLine($"filled: {(await importer.FinishAsync()).Answer}, file of {new FileInfo(file).Length / 1e6:0} MB");
        File.Delete(file);
    }
}
