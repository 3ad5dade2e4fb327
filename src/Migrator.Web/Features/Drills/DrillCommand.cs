using Migrator.Core.Age;
using Migrator.Core.Drills;
using Migrator.Core.Vaults;
using Migrator.Web.Features.Backups;
using Migrator.Web.Hosting;

namespace Migrator.Web.Features.Drills;

/// <summary>
/// <c>migrator drill</c>: restores a snapshot for real into servers of its own on this machine, says whether all of it is there, and puts
/// everything away. Without those servers it proves every byte where it lies, and says so.
/// </summary>
internal static class DrillCommand
{
    public static Task<int> RunAsync(string[] args) => VaultCommands.RunAsync(VaultArguments.Drill, args, RunAsync);

    private static async Task<int> RunAsync(
        VaultArguments arguments, IVault vault, IReadOnlyList<AgeIdentity> identities, IServiceProvider services, CancellationToken cancel)
    {
        var (chosen, refused) = await VaultCommands.ChooseAsync(VaultArguments.Drill, arguments, vault, identities, cancel);
        if (chosen is null)
            return refused;
        var folder = Path.Combine(Path.GetTempPath(), $"migrator-drills-{Environment.UserName}");
        var drill = services.GetRequiredService<IDrill>();
        drill.Sweep(folder);
        var order = new DrillOrder { Vault = vault, Snapshot = chosen.Name.Name, Identities = identities, WorkFolder = folder };
        var report = await drill.RunAsync(order, new Lines(), cancel);
        if (arguments.Json)
            Console.Out.WriteLine(DrillJson.Write(report));
        else
            Print(report);
        return report.Outcome switch
        {
            DrillOutcome.Proven => 0,
            DrillOutcome.Faulty => CommandLine.NotWhole,
            _ => CommandLine.Undecided,
        };
    }

    private static void Print(DrillReport report)
    {
        var (counts, who) = (report.Counts, report.Handle ?? report.Did ?? report.Snapshot);
        var what = $"{counts.Records:N0} of {counts.RecordsTotal:N0} records, {counts.Blobs:N0} of {counts.BlobsTotal:N0} files";
        var how = report.Depth == DrillDepth.Sandbox ? "restored and compared" : "opened and checked, not restored";
        Console.Out.WriteLine(report.Outcome switch
        {
            DrillOutcome.Proven => $"{who} as of {report.TakenAt:yyyy-MM-dd HH:mm} UTC is whole ({how}): {what}.",
            DrillOutcome.Faulty => $"{who}: the snapshot is not whole ({how}): {what}.",
            _ => $"{who}: the drill could not be brought to its end. That says nothing bad about the snapshot.",
        });
        foreach (var finding in report.Findings)
            Console.Error.WriteLine(finding.Text);
        if (report.FindingsNotListed > 0)
            Console.Error.WriteLine($"And {report.FindingsNotListed:N0} more.");
        if ((report.Trouble ?? report.WhyNotDeeper) is { } why)
            Console.Error.WriteLine(why);
    }

    /// <summary>A line for each step, as it begins.</summary>
    private sealed class Lines : IProgress<DrillProgress>
    {
        private string _step = "";

        public void Report(DrillProgress value)
        {
            if (Interlocked.Exchange(ref _step, value.Step) != value.Step)
                Console.Error.WriteLine($"{value.Title} …");
        }
    }
}
