using Migrator.Jobs.Returns;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Bringings back at every place where they can stand.</summary>
internal static class SampleReturns
{
    private static readonly DateTimeOffset Then = Sample.Now.AddMinutes(-3);

    public static ReturnView Looking() => new(
        "looking", "s1", Then.AddDays(-4), "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "a-quite-long-name-that-some-people-have.some-subdomain.example", "old.example",
        ReturnState.Looking, "Asking the server for each file", 412, 1280, Then, null, null, null, null, null);

    public static ReturnView Waiting() => Writing() with
    {
        Id = "waiting",
        State = ReturnState.Waiting,
        WaitsUntil = Sample.Now.AddMinutes(20),
        Problem = "old.example asks for a pause: Rate Limit Exceeded",
    };

    public static ReturnView Writing() => Ready() with
    {
        Id = "writing",
        State = ReturnState.Writing,
        Doing = "Writing records",
        Done = 400,
        Total = 1204,
        Outcome = new ReturnResultView(400, 804, 0, [], 0, 0, []),
    };

    public static ReturnView Ready() => Looking() with
    {
        Id = "ready",
        State = ReturnState.Ready,
        Doing = "",
        Done = 0,
        Total = 0,
        Preview = new ReturnPreviewView(
            1204, [new("app.bsky.feed.post", 1200), new("com.example.a-kind-that-nobody-knows.recipe", 4)],
            ["app.bsky.feed.post/3kabcdefgh2ab", "app.bsky.feed.post/3kabcdefgh2ac"], 17, 2, ["app.bsky.actor.profile/self"],
            new LostFilesView(1280, 3, 2, [
                new("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "app.bsky.feed.post/3kabcdefgh2zz", true),
                new("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "app.bsky.feed.post/3kabcdefgh2zy", false),
            ])),
    };

    public static ReturnView Nothing() => Ready() with { Id = "nothing", Preview = new ReturnPreviewView(0, [], [], 0, 0, [], null) };

    public static ReturnView Done() => Writing() with
    {
        Id = "done",
        State = ReturnState.Done,
        EndedAt = Sample.Now,
        Outcome = new ReturnResultView(1204, 0, 0, [], 2, 0, []),
    };

    public static ReturnView Remarks() => Done() with
    {
        Id = "remarks",
        Outcome = new ReturnResultView(
            1203, 0, 1, [new("app.bsky.feed.post/3kabcdefgh2ab", "the server could not write it (500); perhaps a new record has its name by now")], 1, 1,
            [new("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "Used by app.bsky.feed.post/3kabcdefgh2zz: the server took it and still does not give it out.")]),
    };

    public static ReturnView Failed() => Writing() with
    {
        Id = "failed",
        State = ReturnState.Failed,
        EndedAt = Sample.Now,
        Problem = "old.example ended the sign-in. Sign in again; what is back stays.",
    };

    public static ReturnView CutOff() => (Writing() with { Id = "cut-off", Outcome = null }).CutOffAt(Sample.Now);

    public static ReturnView Stopped() => Looking() with { Id = "stopped", State = ReturnState.Stopped, EndedAt = Sample.Now };
}
