using System.Diagnostics;
using System.Globalization;
using Migrator.Core.Drills;
using Migrator.EndToEnd.Tests.Backups;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Drills;

/// <summary>
/// Drills by the program itself, from the command line: one that is killed leaves nothing running, and its files go with the next.
/// </summary>
public sealed class DrillCommandTests(SharedNetwork shared)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_drill_leaves_nothing_running_and_the_next_one_proves_the_snapshot()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var backups = await LiveBackups.StartAsync(network, Cancel);
        await backups.StoreAsync(account.Did, Cancel);
        var place = Directory.CreateDirectory(Path.Combine(backups.Folder, "tmp")).FullName;
        await File.WriteAllTextAsync(Path.Combine(backups.Folder, "key.txt"), backups.Identity.RevealText(), Cancel);

        using var killed = Launch(backups, place);
        while (await killed.StandardError.ReadLineAsync(Cancel) is { } line && line != "Copy posts and records …")
        {
        }
        var servers = ChildrenOf(killed.Id);
        Assert.NotEmpty(servers);
        killed.Kill();
        await killed.WaitForExitAsync(Cancel);
        await Task.WhenAll(servers.Select(UntilGoneAsync));
        var left = Assert.Single(Directory.EnumerateDirectories(Assert.Single(Directory.EnumerateDirectories(place))));
        Assert.False(Directory.Exists(Path.Combine(left, "sandbox")));

        using var next = Launch(backups, place, "--json");
        var complaints = next.StandardError.ReadToEndAsync(Cancel);
        var output = await next.StandardOutput.ReadToEndAsync(Cancel);
        await next.WaitForExitAsync(Cancel);
        Assert.True(next.ExitCode == 0, output + await complaints);
        var report = DrillJson.Read(output);
        Assert.True(report is { Proven: true, Depth: DrillDepth.Sandbox }, DrillWorld.Tell(report));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Assert.Single(Directory.EnumerateDirectories(place))));
    }

    private static Process Launch(LiveBackups backups, string place, params string[] more)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "migrator.dll"), "drill"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = backups.Folder,
        };
        start.Environment["TMPDIR"] = place;
        start.Environment["Migrator__Drill__Sandbox"] = DrillWorld.SandboxFolder;
        foreach (var argument in (string[])["--vault", backups.VaultFolder, "--identity", "key.txt", .. more])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>The processes whose parent this is, as the kernel says.</summary>
    private static IReadOnlyList<int> ChildrenOf(int parent)
    {
        var children = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            try
            {
                // "pid (name) state parent …": the name may hold anything but ends at the last bracket.
                var fields = File.ReadAllText(Path.Combine(folder, "stat")).Split(')')[^1];
                if (fields.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] == parent.ToString(CultureInfo.InvariantCulture))
                    children.Add(pid);
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }
        return children;
    }

    private static async Task UntilGoneAsync(int pid)
    {
        var begun = Stopwatch.GetTimestamp();
        while (Lives(pid))
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < Patience, $"Process {pid} still runs.");
            await Task.Delay(50, Cancel);
        }
    }

    private static bool Lives(int pid)
    {
        try
        {
            // In a container nobody may be there to bury an orphan: a zombie is gone.
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
