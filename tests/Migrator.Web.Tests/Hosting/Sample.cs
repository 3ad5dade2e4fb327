using System.Text.Json;
using Migrator.Core.Migrations;
using Migrator.Core.Parity;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Migrations in every state, as the service would show them.</summary>
public static class Sample
{
    public const string Did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
    public const string Key = "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme";
    public const string Cid = "bafkreibjfgx2gprinfvicegelk5kosd6y2frmqpqzwqkg7usac74l3t2v4";
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 14, 0, 0, TimeSpan.Zero);

    private static readonly AllowedActions Nothing = new(
        Edit: false, Start: false, Pause: false, Resume: false, Cancel: false, SignInSource: false, SignInTarget: false,
        AcceptMissing: false, Go: false, GiveCode: false, AskCode: false, TakeWayBack: false);

    public static MigrationView Draft(bool answered = true, string handle = "alice.old.example") => Base(MigrationState.Draft, handle) with
    {
        Target = answered ? Target() : null,
        Tasks = new DraftTasks(answered, answered, answered, answered, Started: false),
        RecoveryKey = answered ? new RecoveryKey(Key, RecoveryKeyOrigin.Made, Now) : null,
        Steps = Steps(-1),
        Can = Nothing with { Edit = true, Start = answered, Cancel = true },
    };

    public static MigrationView Copying() => Running(MigrationState.Copying, 6) with
    {
        Live = new LiveView(StepName.CopyBlobs, 412, 1280, 1_300_000_000, 4_100_000_000, 380, Now.AddSeconds(-2)),
        Can = Nothing with { Pause = true, Cancel = true },
    };

    public static MigrationView Held(HoldCause cause) => Running(StateOf(cause), StateOf(cause) == MigrationState.Copying ? 6 : 9) with
    {
        Hold = new Hold(
            cause, $"The message for {cause} says what happened.", "Your old account is untouched.", "What to do stands here.", Now.AddMinutes(-4), 1,
            cause == HoldCause.Waiting ? Now.AddMinutes(25) : null, ["detail one", "detail two"]),
        BlobProblems = cause == HoldCause.MissingBlobs ? Problems(accepted: false) : [],
        IdentityChange = cause == HoldCause.Go ? Change() : null,
        Times = cause == HoldCause.PlcCode ? new CutoverTimes(Now.AddMinutes(-2), Now.AddMinutes(13), null, null, null) : NoTimes,
        Steps = Steps(StateOf(cause) == MigrationState.Copying ? 6 : 9, cause == HoldCause.Waiting ? StepStanding.Waiting : StepStanding.NeedsYou),
        Can = Nothing with
        {
            Cancel = true,
            Resume = cause is not (HoldCause.Go or HoldCause.PlcCode),
            SignInSource = cause == HoldCause.SourceSignIn,
            SignInTarget = cause == HoldCause.TargetSignIn,
            AcceptMissing = cause == HoldCause.MissingBlobs,
            Go = cause == HoldCause.Go,
            GiveCode = cause == HoldCause.PlcCode,
            AskCode = cause == HoldCause.PlcCode,
        },
    };

    public static MigrationView Ended(MigrationState state) => Running(state, 16) with
    {
        Blobs = new BlobTotals(1280, 0, 1280, 0, 4_100_000_000, 4_100_000_000),
        BlobProblems = state == MigrationState.CompletedWithRemarks ? Problems(accepted: true) : [],
        Remarks = state == MigrationState.CompletedWithRemarks ? ["Two files could not be had and were left out, as you agreed."] : [],
        Steps = Steps(16),
        Can = state is MigrationState.Completed or MigrationState.CompletedWithRemarks ? Nothing with { TakeWayBack = true } : Nothing,
        WayBack = new WayBackView(true, "Your recovery key can point the account at old.example again at any time.", Now.AddHours(70)),
    };

    public static MigrationView InState(MigrationState state) => state switch
    {
        MigrationState.Draft => Draft(),
        MigrationState.Copying => Copying(),
        MigrationState.ReadyForCutover => Held(HoldCause.Go),
        MigrationState.CuttingOver or MigrationState.Proving or MigrationState.GoingBack => Running(state, 12),
        _ => Ended(state),
    };

    public static RecoveryKit Kit() => new(
        Did, "alice.old.example", Key, "9085d2bef69286a6cbb51623c8fa258629945cd55ca705cc4e66700396894e0c", "z3vLVqpQveB3w7UXiHhMjqDbPdR1hZYkPSnX2tZTNgYxTbZp", Now);

    /// <summary>A report as the service stores it, with one file that was left out.</summary>
    public static JsonDocument Report() => JsonSerializer.SerializeToDocument(
        new ParityReport
        {
            Did = Core.AtProto.Syntax.Did.Parse(Did),
            At = Now.AddMinutes(-3),
            Source = Side("https://old.example/"),
            Target = Side("https://new.example/"),
            Records = new RecordParity(
                12_344, new Dictionary<string, long> { ["app.bsky.feed.post"] = 9000, ["app.bsky.feed.like"] = 3345 },
                [new RecordDifference("app.bsky.feed.post/3kabc", Core.AtProto.Syntax.Cid.Parse(Cid), null)], [], [], 0),
            Blobs = new BlobParity(1280, 1279, 4_100_000_000, [new BlobDifference(Core.AtProto.Syntax.Cid.Parse(Cid), "The old server no longer has it.", "app.bsky.feed.post/3kxyz", true)]),
            Preferences = new PreferencesParity(true, true, 14, null, null),
            Identity = [new IdentityCheck("The directory", true, "names https://new.example/"), new IdentityCheck("The relay", false, "has not looked yet", Essential: false)],
            Remarks = ["One file was left out, as you agreed."],
        },
        MigrationJson.Options);

    private static ParitySide Side(string pds) => new(new Uri(pds), Core.AtProto.Syntax.Cid.Parse(Cid), Core.AtProto.Syntax.Cid.Parse(Cid), "3lbkxyzabc22a");

    private static readonly CutoverTimes NoTimes = new(null, null, null, null, null);

    private static MigrationState StateOf(HoldCause cause) => cause switch
    {
        HoldCause.Go => MigrationState.ReadyForCutover,
        HoldCause.PlcCode or HoldCause.WrongSignature or HoldCause.IdentityMoved or HoldCause.DidWebDocument => MigrationState.CuttingOver,
        _ => MigrationState.Copying,
    };

    private static MigrationView Running(MigrationState state, int step) => Base(state, "alice.old.example") with
    {
        Target = Target(),
        Tasks = new DraftTasks(true, true, true, true, Started: true),
        RecoveryKey = new RecoveryKey(Key, RecoveryKeyOrigin.Made, Now),
        Preflight = new PreflightReport(
            Now.AddMinutes(-30),
            [
                new PreflightItem(PreflightLevel.Ok, "Room", "There is enough room on this machine."),
                new PreflightItem(PreflightLevel.Warning, "Direct messages", "They stay with the chat service and stay reachable."),
            ],
            12_345, 1280, 4_100_000_000, 9_400_000),
        Repo = new RepoView(12_345, 9_400_000, "3lbkxyzabc22a", Cid, Cid, new Dictionary<string, long> { ["app.bsky.feed.post"] = 9000, ["app.bsky.feed.like"] = 3345 }),
        Blobs = new BlobTotals(1280, 412, 0, 0, 1_300_000_000, 4_100_000_000),
        Parity = step > 8 ? new ParitySummary(Now.AddMinutes(-3), true, 12_345, 1280, 0, 0, 0, 0, "parity.json") : null,
        Steps = Steps(step),
        Events =
        [
            new MigrationEvent(Now.AddMinutes(-31), StepName.ResolveIdentity, "Found the account on old.example."),
            new MigrationEvent(Now.AddMinutes(-12), StepName.ImportRepo, "new.example took all 12 345 records."),
        ],
    };

    private static MigrationView Base(MigrationState state, string handle) => new(
        Guid.NewGuid().ToString("N"), "7", state, null, Did, handle, new Uri("https://old.example/"), null,
        new DraftTasks(false, false, false, false, false), null, null, null, new BlobTotals(0, 0, 0, 0, 0, null), [], [], null, null, null, NoTimes,
        new WayBackView(true, "With your recovery key you can go back at any time.", null), [], [], Now.AddHours(-1), Now.AddMinutes(-1), Nothing);

    private static TargetView Target() => new(
        new Uri("https://new.example/"), "did:web:new.example", [".new.example"], true, 52_428_800, "alice.new.example", "alice@mail.example");

    private static List<BlobProblem> Problems(bool accepted) =>
    [
        new(Cid, BlobState.MissingAtSource, "app.bsky.feed.post/3kabc", null, accepted),
        new("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", BlobState.TooLarge, "app.bsky.embed.video/3kdef", "60 MB, the limit is 52 MB", accepted),
    ];

    private static IdentityChangeView Change() => new(
        [
            new OperationChange("Server", "https://old.example", "https://new.example"),
            new OperationChange("Signing key", "did:key:zOldSigningKey", "did:key:zNewSigningKey"),
            new OperationChange("Rotation key did:key:zQ3shtzjewEFspFHWkfUhGbKLiCAQCqf6ZiHVNfnsFjuja7qZ", "1", null),
            new OperationChange($"Rotation key {Key}", null, "1"),
            new OperationChange("Handle", "at://alice.old.example", "at://alice.new.example"),
        ],
        "{\n  \"type\": \"plc_operation\"\n}", Cid, Cid, []);

    private static List<StepView> Steps(int at, StepStanding current = StepStanding.Running)
    {
        StepName[] plan = [.. Enum.GetValues<StepName>().Take((int)StepName.VerifyFromOutside + 1)];
        return [.. plan.Select((name, index) => new StepView(
            name, Words(name), "What this step does, in a sentence or two.",
            at >= 16 || index < at ? StepStanding.Done : index == at ? current : StepStanding.NotYet,
            at >= 16 || index < at ? Now.AddMinutes(-30 + index) : null,
            name == StepName.ImportRepo && index < at ? "12 345 records" : null))];
    }

    private static string Words(StepName name) =>
        string.Concat(name.ToString().Select((letter, index) => index > 0 && char.IsUpper(letter) ? " " + char.ToLowerInvariant(letter) : letter.ToString()));
}
