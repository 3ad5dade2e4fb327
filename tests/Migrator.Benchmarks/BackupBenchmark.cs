using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Migrator.Core.Backups;

namespace Migrator.Benchmarks;

/// <summary>
/// Backups beside <c>restic</c>: the same bytes, each side a whole process from a cold start, in turn. Ours takes them from a server that
/// costs nothing and stores them in a folder; restic takes them from the folder that they lie in.
/// </summary>
internal static class BackupBenchmark
{
    /// <summary>The first backup of an account, then reading all stored bytes again.</summary>
    public static async Task<int> FirstAsync(int runs, int blobs, int bytes, int records)
    {
        var root = Directory.CreateTempSubdirectory("migrator-bench-").FullName;
        try
        {
            var set = BackupSet.Make(Path.Combine(root, "set"), records, blobs, bytes);
            var small = BackupSet.Make(Path.Combine(root, "small"), 1000, 200, bytes);
            var warm = new Series("ours, first, in a process that has run one of 200 blobs before", "s");
            Series[] first = [new("ours, first", "s"), new("restic, first", "s")], check = [new("ours, stored bytes", "s"), new("restic, check --read-data", "s")];
            for (var run = 0; run < runs; run++)
            {
                var (ours, theirs) = (Path.Combine(root, $"ours-{run}"), Path.Combine(root, $"restic-{run}"));
                await SelfAsync(first[0], "backup-one", set.Folder, ours);
                await ResticAsync(null, theirs, "init");
                await ResticAsync(first[1], theirs, "backup", set.Folder);
                await SelfAsync(check[0], "backup-check", ours);
                await ResticAsync(check[1], theirs, "check", "--read-data");
                Directory.Delete(ours, recursive: true);
                Directory.Delete(theirs, recursive: true);
                var answer = await SelfAsync(null, "backup-one", set.Folder, ours + "-later", small.Folder);
                warm.Add(JsonElement.Parse(answer).GetProperty("ms").GetDouble() / 1000);
                foreach (var folder in Directory.EnumerateDirectories(root, $"ours-{run}*")) Directory.Delete(folder, recursive: true);
            }
            Console.WriteLine($"{blobs} blobs of {bytes} bytes, {records} records without");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{warm}\nours warm / restic {warm.Median / first[1].Median:0.00}"));
            foreach (var pair in new[] { first, check })
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pair[0]}\n{pair[1]}\nours / restic {pair[0].Median / pair[1].Median:0.00}"));
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>What changed records cost, and what a run costs that finds nothing changed.</summary>
    public static async Task<int> ChangeAsync(int records, int changes)
    {
        var root = Directory.CreateTempSubdirectory("migrator-bench-").FullName;
        try
        {
            var (set, change, delta, changedCar) = BackupSet.MakeChanging(Path.Combine(root, "set"), records, changes);
            await using var one = await BackupOne.CreateAsync(set, Path.Combine(root, "ours"));
            one.Source.Delta = delta;
            var watch = Stopwatch.StartNew();
            var before = Stored(await one.RunAsync());
            Print("first run", watch, $"{before.NewBytes} bytes stored, {before.AbsentBlobs} absent blobs named");
            await UnchangedAsync(one);
            change();
            watch.Restart();
            var after = Stored(await one.RunAsync());
            Print($"run after {changes} changes", watch, $"{after.NewBytes} bytes stored in {after.Chain.Count} CAR files; the delta had {new FileInfo(delta).Length}");
            await UnchangedAsync(one);

            var theirs = Path.Combine(root, "restic");
            await ResticAsync(null, theirs, "init");
            await ResticAsync(null, theirs, "backup", set.CarFile);
            var first = SizeOf(theirs);
            File.Move(changedCar, set.CarFile, overwrite: true);
            await ResticAsync(null, theirs, "backup", set.CarFile);
            Console.WriteLine($"restic on the CAR file: {first} bytes stored at first, {SizeOf(theirs) - first} more after the changes");
            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task UnchangedAsync(BackupOne one)
    {
        var series = new Series("unchanged run", "ms");
        for (var i = 0; i < 21; i++)
        {
            var requests = one.Source.Requests;
            var watch = Stopwatch.StartNew();
            if (await one.RunAsync() is not BackupOutcome.Unchanged || one.Source.Requests - requests != 1) throw new InvalidOperationException("Something changed.");
            series.Add(watch.Elapsed.TotalMilliseconds);
        }
        Console.WriteLine($"{series}, one request each");
    }

    private static SnapshotSummary Stored(BackupOutcome outcome) =>
        outcome is BackupOutcome.Stored { Vaults: [{ IsNew: true, Snapshot: { } snapshot }] } ? snapshot : throw new InvalidOperationException(outcome.ToString());

    private static void Print(string what, Stopwatch watch, string more) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {watch.Elapsed.TotalSeconds:0.00} s; {more}"));

    private static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static Task<string> ResticAsync(Series? series, string repository, params string[] words) => RunAsync(
        series, "restic", ["-r", repository, "--cache-dir", repository + "-cache", .. words]);

    /// <summary>This program again: as it was published, or by way of <c>dotnet</c>.</summary>
    private static async Task<string> SelfAsync(Series? series, params string[] words)
    {
        var (file, program) = (typeof(BackupBenchmark).Assembly.Location, Environment.ProcessPath!);
        var output = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? await RunAsync(series, program, [file, .. words])
            : await RunAsync(series, program, words);
        if (series is not null) Console.WriteLine(output.Trim());
        return output;
    }

    private static async Task<string> RunAsync(Series? series, string program, params string[] words)
    {
        // What the one before left to be written must not be waited for by the next. (Ours leaves nothing: it syncs as it goes.)
        using (var sync = Process.Start("sync")) await sync.WaitForExitAsync();
        var start = new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["RESTIC_PASSWORD"] = "benchmark";
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var complaints = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        series?.Add(watch.Elapsed.TotalSeconds);
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {words[^1]} ended with code {process.ExitCode}: {await complaints}");
        return output;
    }
}
