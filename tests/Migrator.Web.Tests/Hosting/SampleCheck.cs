using Migrator.Core.Doctor;
using Migrator.Jobs.Doctor;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Checks in several states, as the service would show them.</summary>
public static class SampleCheck
{
    public static CheckView Done(string subject = "alice.old.example") => new(
        "done", subject, CheckKind.Account, CheckState.Done, "", 0, 0, false, Sample.Now.AddMinutes(-2), Sample.Now.AddMinutes(-1), Report(subject), null);

    public static CheckView Running() => Done() with
    {
        Id = "running",
        State = CheckState.Running,
        Doing = "Reading the repo from old.example",
        Done = 3_400_000,
        Total = 9_400_000,
        InBytes = true,
        EndedAt = null,
        Report = null,
    };

    public static CheckReport Report(string subject) => new()
    {
        Subject = subject,
        Kind = CheckKind.Account,
        At = Sample.Now.AddMinutes(-1),
        Verdict = CheckVerdict.NotWhole,
        Did = Sample.Did,
        Findings =
        [
            new Finding(FindingLevel.Fine, "plc-log", "The directory's log of 3 operations was replayed from the first."),
            new Finding(FindingLevel.Warning, "handle", "The account claims a handle that leads nowhere."),
            new Finding(FindingLevel.Fault, "blobs", "2 of 412 files that were asked for are not at new.example."),
            new Finding(FindingLevel.Unchecked, "other", "One server could not be asked."),
        ],
        Identity = new IdentityFacts("alice.old.example", false, "https://new.example", Sample.Key, [Sample.Key, Sample.Key], 3, Sample.Now.AddDays(-1), false),
        Repo = new RepoFacts(
            Sample.Cid, Sample.Cid, "3lbkxyzabc22a", Sample.Now.AddHours(-3), Sample.Key, SignerStanding.Current, "the DID document", 12_345, 20_000, 9_400_000,
            9_900_000, 0, new Dictionary<string, long> { ["app.bsky.feed.post"] = 9000, ["app.bsky.feed.like"] = 3345 }),
        Blobs = new BlobFacts(412, 4_100_000_000, 412, true, 2, [new MissingFile(Sample.Cid, "app.bsky.feed.post/3kabc", "Blob not found")]),
        Hosts =
        [
            new HostFacts("https://new.example", HostRole.Named, HostState.Open, Commit: Sample.Cid),
            new HostFacts("https://old.example", HostRole.Earlier, HostState.Open, Commit: Sample.Cid, Difference: new HostDifference(2, 0, 1)),
        ],
        Move = new MoveStanding(MoveStage.FilesMissing, "Second half of a move: two files are not there.", "Do not delete the old account: copy the files from there."),
    };
}
