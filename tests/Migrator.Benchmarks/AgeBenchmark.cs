using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Migrator.Core.Age;

namespace Migrator.Benchmarks;

/// <summary>
/// Sealing and opening one large file, to nowhere, against the age tool. Every run is a whole process; A and B take turns, because the
/// machine's speed changes from minute to minute. The file is in the page cache for both.
/// </summary>
internal static class AgeBenchmark
{
    private const int MiB = 1 << 20;

    /// <param name="word">Which one: <c>age-seal</c> or <c>age-open</c>.</param>
    /// <param name="runs">Of each side.</param>
    /// <param name="mebibytes">Size of the content.</param>
    public static async Task<int> RunAsync(string word, int runs, int mebibytes)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-age-");
        try
        {
            using var identity = AgeIdentity.Generate();
            var key = Path.Combine(folder.FullName, "key");
            var content = Path.Combine(folder.FullName, "content");
            await File.WriteAllTextAsync(key, identity.RevealText());
            await WriteContentAsync(content, mebibytes);
            var recipient = identity.Recipient.ToString();
            if (word == "age-open")
            {
                var file = content + ".age";
                await RunToolAsync("-r", recipient, "-o", file, content);
                File.Delete(content);
                await CompareAsync(word, runs, ["age-open-one", key, file], ["-d", "-i", key, "-o", "/dev/null", file]);
            }
            else
            {
                await CompareAsync(word, runs, ["age-seal-one", recipient, content], ["-r", recipient, "-o", "/dev/null", content]);
            }
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>One sealing, as a process of its own.</summary>
    public static async Task<int> SealAsync(string recipientText, string file)
    {
        if (!AgeRecipient.TryParse(recipientText, out var recipient)) return 2;
        await using var source = Open(file);
        await using var nowhere = OpenNowhere();
        await AgeEncryptor.SealAsync(source, nowhere, [recipient], AgeForm.Binary, CancellationToken.None);
        return Report();
    }

    /// <summary>One opening, as a process of its own.</summary>
    public static async Task<int> OpenAsync(string key, string file)
    {
        if (!AgeIdentity.TryParseFile(await File.ReadAllTextAsync(key), out var identities)) return 2;
        await using var source = Open(file);
        await using var nowhere = OpenNowhere();
        await AgeDecryptor.OpenToAsync(source, nowhere, identities, AgeForm.Detect, CancellationToken.None);
        return Report();
    }

    private static async Task CompareAsync(string word, int runs, string[] ours, string[] theirs)
    {
        var ourTime = new Series($"{word}: ours, whole process", "s");
        var ourPeak = new Series($"{word}: ours, peak", "MiB");
        var theirTime = new Series($"{word}: age, whole process", "s");
        for (var run = -1; run < runs; run++)
        {
            await using var child = ChildProcess.Self(ours);
            var (answer, seconds) = await child.FinishAsync();
            var theirSeconds = await RunToolAsync(theirs);
            if (run < 0) continue; // the first reads bring everything into the page cache
            ourTime.Add(seconds);
            ourPeak.Add(answer.GetProperty("peakMiB").GetDouble());
            theirTime.Add(theirSeconds);
        }
        foreach (var series in new[] { ourTime, ourPeak, theirTime }) Console.WriteLine(series);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word}: ours / age = {ourTime.Median / theirTime.Median:0.00}"));
    }

    private static async Task<double> RunToolAsync(params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start("age", arguments);
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? Stopwatch.GetElapsedTime(started).TotalSeconds
            : throw new InvalidOperationException($"age ended with code {process.ExitCode}.");
    }

    private static async Task WriteContentAsync(string path, int mebibytes)
    {
        var bytes = new byte[MiB];
        await using var file = File.Create(path);
        for (var i = 0; i < mebibytes; i++)
        {
            RandomNumberGenerator.Fill(bytes);
            await file.WriteAsync(bytes);
        }
    }

    private static int Report()
    {
        Console.WriteLine($"{{\"peakMiB\":{Memory.OwnPeakMiB()}}}");
        return 0;
    }

    private static FileStream Open(string file) =>
        new(file, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });

    private static FileStream OpenNowhere() =>
        new("/dev/null", new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Write, BufferSize = 0 });
}
