using Migrator.Core.Drills;
using Migrator.Testing;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Drills;

/// <summary>The report as others read it.</summary>
public sealed class DrillReportTests
{
    private const string Name = "accounts/abcdefghijklmnopqrstuvwxyz/snapshots/20261122t120000z-0123456789abcdef.age";

    private static DrillStory Story() =>
        new(new DrillOrder { Vault = new MemoryVault(), Snapshot = Name, Identities = [], WorkFolder = "" }, new ManualTime(), null);

    [Fact]
    public void It_is_read_as_it_was_written()
    {
        var story = Story();
        story.Reach(DrillDepth.Files, new DrillCounts(1, 2, 3, 4, 5, 6));
        story.Add("open", "Open", "A note.");
        var report = story.Faulty([new DrillFinding(DrillFindingKind.BlobMissing, "Lost.", "a/b", "bafk", Name)], "Not whole.");

        var json = DrillJson.Write(report);
        var read = DrillJson.Read(json);

        Assert.Contains("\"outcome\":\"faulty\"", json, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"blobMissing\"", json, StringComparison.Ordinal);
        Assert.Equal(report with { Findings = [], Steps = [] }, read with { Findings = [], Steps = [] });
        Assert.Equal(report.Findings, read.Findings);
        Assert.Equal(report.Steps, read.Steps);
    }

    [Fact]
    public void What_a_newer_program_wrote_besides_is_passed_over()
    {
        var json = DrillJson.Write(Story().Proven(null));
        Assert.True(DrillJson.Read("{\"mood\":\"good\"," + json[1..]).Proven);
    }

    [Fact]
    public void Findings_are_cut_at_a_thousand_and_counted()
    {
        var many = Enumerable.Range(0, 1234).Select(i => new DrillFinding(DrillFindingKind.RecordMissing, $"{i}")).ToList();
        var report = Story().Faulty(many, null);
        Assert.Equal((1000, 234, "999"), (report.Findings.Count, report.FindingsNotListed, report.Findings[^1].Text));
    }
}
