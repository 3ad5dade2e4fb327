using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Restores in every state, as the service would show them.</summary>
public static class RestoreSample
{
    private const string Other = "did:key:zQ3shtzjewEFspFHWkfUhGbKLiCAQCqf6ZiHVNfnsFjuja7qZ";

    public static MigrationView Draft(bool answered = true) => AsRestore(Sample.Draft(answered), answered) is var view
        ? view with
        {
            Tasks = view.Tasks with { SignedIn = true, Sources = answered },
            Can = view.Can with { EditSources = true, GiveRotationKey = true },
        }
        : throw new InvalidOperationException();

    public static MigrationView Held(HoldCause cause)
    {
        var view = AsRestore(Sample.Held(cause), answered: true);
        return view with
        {
            Can = view.Can with
            {
                EditSources = cause is HoldCause.Sources or HoldCause.MissingBlobs,
                GiveRotationKey = cause == HoldCause.RotationKey,
                DecideLog = cause == HoldCause.IdentityLog,
                GiveOperation = cause == HoldCause.SignElsewhere,
                Release = cause is HoldCause.SignElsewhere or HoldCause.TargetAccount,
            },
        };
    }

    public static MigrationView Ended(MigrationState state) => AsRestore(Sample.Ended(state), answered: true) with { WayBack = new WayBackView(false, "", null) };

    public static VaultContents Contents() => new(
        "/srv/vault",
        [new FoundAccount(Sample.Did, "alice.old.example", [new SnapshotLine("accounts/a/snapshots/1.age", Sample.Now.AddDays(-1), 12_345, 1280, 2, true)])],
        [new UnreadableSnapshot("accounts/b/snapshots/1.age", Sample.Now, "Sealed to another key.")]);

    private static MigrationView AsRestore(MigrationView view, bool answered) => view with
    {
        Kind = MigrationKind.Restore,
        Restore = new RestoreView(
            answered ? [new RestoreSource("a1", RestoreSourceKind.Files, "my posts.car", "/srv/my posts.car"), new RestoreSource("b2", RestoreSourceKind.OldServer, "old.example")] : [],
            answered ? "a1" : null,
            answered ? Sample.Key : null,
            RestoreSigning.KeyHeldHere,
            HostIsHostile: false,
            0,
            [Sample.Key, Other],
            [Other],
            [Other],
            [
                new LogLine(Sample.Cid, Sample.Now.AddHours(-5), Other, 1, false, false, Sample.Now.AddHours(67), [new OperationChange("Server", "https://old.example", "https://thief.example")]),
                new LogLine("bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", Sample.Now.AddDays(-300), Other, 1, false, false, null, [new OperationChange("The identity", null, "began")]),
            ],
            new Gathered("my posts.car", Sample.Now.AddDays(-1), "3lbkxyzabc22a", 12_345, 1280, 1278, true, ["my posts.car: 12 345 records"]),
            new OperationToSign([new OperationChange("Signing key", "did:key:zOld", "did:key:zNew")], "{\n  \"type\": \"plc_operation\"\n}", Sample.Cid),
            Other,
            null),
    };
}
