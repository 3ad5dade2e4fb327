using Migrator.Core.Drills;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Drills in several states, as the service would show them.</summary>
public static class SampleDrills
{
    private static readonly DateTimeOffset Now = Sample.Now;

    public static DrillView Drill(string id, DrillState state, DrillDepth depth = DrillDepth.Sandbox)
    {
        var isOver = state is not DrillState.Queued and not DrillState.Running;
        var report = state is DrillState.Proven or DrillState.Damaged ? Report(state, depth) : null;
        return new DrillView(
            id, "alice", Sample.Did, "alice.some-subdomain.example", id == "weekly" ? "schedule" : "person", DrillKeySource.Session, state,
            state switch
            {
                DrillState.Proven => "Restored into a sandbox server and compared: 222 records, 31 files: everything is there and right.",
                DrillState.Damaged => "A drill found that the snapshot is not whole.",
                DrillState.CouldNotRun => "The vault cannot be read now. /srv/backups is not there.",
                _ => null,
            },
            "s1", Now.AddDays(-3), "Disk in the cellar", Now.AddDays(-2).AddMinutes(-3), state == DrillState.Queued ? null : Now.AddDays(-2).AddMinutes(-3),
            isOver ? Now.AddDays(-2) : null, state == DrillState.Running ? new DrillProgressView("Copying files", 12, 31, Now.AddSeconds(-2)) : null,
            report is null ? null : DrillSummary.Of(report), report);
    }

    public static DrillStanding Standing(DrillView? proven = null, DrillView? last = null, DrillView? open = null, bool kept = false, bool isDue = false) => new(
        "alice", Sample.Did, "alice.some-subdomain.example", proven, last ?? proven, open, DrillEvery.Weekly, kept ? Now.AddDays(-20) : null, kept ? Now.AddDays(5) : null, isDue);

    /// <summary>Makes the service answer one account's drills.</summary>
    public static void Fill(TestDrills drills, DrillStanding standing)
    {
        drills.Answer(nameof(IDrillService.ListStandingsAsync), _ => (IReadOnlyList<DrillStanding>)[standing]);
        drills.Answer(nameof(IDrillService.GetStandingAsync), _ => ServiceResult<DrillStanding>.Ok(standing));
        drills.Answer(nameof(IDrillService.ListAsync), _ => (IReadOnlyList<DrillView>)
        [
            Drill("damaged", DrillState.Damaged), Drill("weekly", DrillState.Proven), Drill("files", DrillState.Proven, DrillDepth.Files), Drill("none", DrillState.CouldNotRun),
        ]);
        drills.Answer(nameof(IDrillService.GetAsync), args => ServiceResult<DrillView>.Ok((string)args[1]! switch
        {
            "running" => Drill("running", DrillState.Running),
            "queued" => Drill("queued", DrillState.Queued),
            "damaged" => Drill("damaged", DrillState.Damaged),
            "none" => Drill("none", DrillState.CouldNotRun),
            "files" => Drill("files", DrillState.Proven, DrillDepth.Files),
            var id => Drill(id, DrillState.Proven),
        }));
    }

    private static DrillReport Report(DrillState state, DrillDepth depth) => new()
    {
        Snapshot = "accounts/a/snapshots/b.age",
        Vault = "/srv/backups/migrator",
        Did = Sample.Did,
        TakenAt = Now.AddDays(-3),
        StartedAt = Now.AddDays(-2).AddMinutes(-3),
        EndedAt = Now.AddDays(-2),
        Outcome = state == DrillState.Proven ? DrillOutcome.Proven : DrillOutcome.Faulty,
        Depth = depth,
        WhyNotDeeper = depth == DrillDepth.Files ? "Node.js is not there." : null,
        Counts = state == DrillState.Proven ? new DrillCounts(222, 222, 31, 31, 1, 5_000_000) : new DrillCounts(221, 222, 30, 31, 0, 4_900_000),
        Findings = state == DrillState.Proven
            ? []
            :
            [
                new DrillFinding(DrillFindingKind.RecordMissing, "The record is in the snapshot and not in the restored account.", "app.bsky.feed.post/3lbkxyzabc22a", Sample.Cid),
                new DrillFinding(DrillFindingKind.BlobDamaged, "The stored file holds other bytes than its name says. <b>bold</b>", null, Sample.Cid),
            ],
        Steps =
        [
            new DrillStep("open", "Opening the snapshot", Now.AddDays(-2).AddMinutes(-3), "222 records and 31 files."),
            new DrillStep("sandbox", "Starting the sandbox", Now.AddDays(-2).AddMinutes(-2), null),
            new DrillStep("importRepo", "Importing the records", Now.AddDays(-2).AddMinutes(-1), "222 records."),
        ],
    };
}
