using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Doctor;
using Migrator.EndToEnd.Tests.AtProto;
using Migrator.EndToEnd.Tests.Network;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Doctor;

/// <summary>
/// One account on real servers, moved by another tool call by call and looked at after each: every half is told apart, with the next step.
/// </summary>
public sealed class HalfMovedTests(SharedNetwork shared)
{
    private static readonly FillOptions Small = new() { Posts = 3, Images = 2, Likes = 1, Reposts = 0, Follows = 1, Recipes = 0, Orphans = 0 };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_half_of_a_move_is_told_apart()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var move = new ReferenceMove(network, network.A, network.B, account);
        var old = await account.SignInAsync(Cancel);

        var before = await CheckAsync(live, account.Handle);
        Assert.True(before.Verdict == CheckVerdict.Whole, Tell(before));
        Assert.Equal((MoveStage.AtHome, (long)account.Records, account.Did), (before.Move!.Stage, before.Repo!.Records, before.Did));
        Assert.Equal((account.Blobs.Count, 0, true), ((int)before.Blobs!.Referenced, (int)before.Blobs.Missing, before.Identity!.HandleLeadsBack));
        Assert.Null(before.Move.NextStep);

        await move.CreateAccountAsync(old, Cancel);
        var begun = await CheckAsync(live, account.Did, network.B.Url);
        Assert.True(begun.Move!.Stage == MoveStage.Begun && begun.Verdict == CheckVerdict.Whole, Tell(begun));

        var session = await move.Moved.SignInAsync(Cancel);
        await move.CopyAsync(old, session, Cancel, blobs: false);
        await old.PostAsync("com.atproto.server.deactivateAccount", new { }, Cancel);
        var off = await CheckAsync(live, account.Did, network.B.Url);
        Assert.True(off.Move!.Stage == MoveStage.OldOff && off.Verdict == CheckVerdict.NotWhole, Tell(off));
        Assert.Contains("activateAccount", off.Move.NextStep, StringComparison.Ordinal);

        await move.ChangeIdentityAsync(old, session, Cancel);
        var pointed = await CheckAsync(live, account.Did);
        Assert.True(pointed.Move!.Stage == MoveStage.NewOff, Tell(pointed));
        Assert.Contains(new Uri(network.B.Url).Authority, pointed.Move.NextStep, StringComparison.Ordinal);

        await session.PostAsync("com.atproto.server.activateAccount", null, Cancel);
        var unfilled = await CheckAsync(live, account.Did);
        Assert.True(unfilled.Move!.Stage == MoveStage.FilesMissing, Tell(unfilled));
        Assert.Equal((long)account.Blobs.Count, unfilled.Blobs!.Missing);

        await move.CopyAsync(old, session, Cancel);
        var unsigned = await CheckAsync(live, account.Did);
        Assert.True(unsigned.Move!.Stage == MoveStage.OldCommit && unsigned.Verdict == CheckVerdict.NotWhole, Tell(unsigned));
        Assert.Equal(SignerStanding.Earlier, unsigned.Repo!.Signer);

        await session.PostAsync("com.atproto.repo.applyWrites", new { repo = account.Did, writes = Array.Empty<object>() }, Cancel);
        var done = await CheckAsync(live, account.Did);
        Assert.True(done.Move!.Stage == MoveStage.Moved && done.Verdict == CheckVerdict.Whole, Tell(done));
        Assert.Equal(before.Repo.Data, done.Repo!.Data);
    }

    [Fact]
    public async Task An_old_account_that_was_left_open_is_told_and_also_what_was_posted_there_since()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var old = await account.SignInAsync(Cancel);
        var move = new ReferenceMove(network, network.A, network.B, account);
        await move.RunAsync(Cancel, deactivateOld: false);

        var open = await CheckAsync(live, account.Did);
        Assert.True(open.Move!.Stage == MoveStage.OldOpen && open.Verdict == CheckVerdict.Whole, Tell(open));

        await old.PostAsync("com.atproto.repo.createRecord", new
        {
            repo = account.Did, collection = "app.bsky.feed.post", record = new { text = "lost?", createdAt = "2026-01-01T00:00:00Z" },
        }, Cancel);
        var ahead = await CheckAsync(live, account.Did);
        Assert.True(ahead.Move!.Stage == MoveStage.OldAhead, Tell(ahead));
        Assert.Equal(new HostDifference(1, 0, 0), ahead.Hosts[1].Difference);
    }

    [Fact]
    public async Task An_open_old_account_that_is_ahead_is_told_while_another_thing_is_to_be_mended_first()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var old = await account.SignInAsync(Cancel);
        await new ReferenceMove(network, network.A, network.B, account).RunAsync(Cancel, signNewestCommit: false, deactivateOld: false);
        await old.PostAsync("com.atproto.repo.createRecord", new
        {
            repo = account.Did, collection = "app.bsky.feed.post", record = new { text = "lost?", createdAt = "2026-01-01T00:00:00Z" },
        }, Cancel);

        var report = await CheckAsync(live, account.Did);
        Assert.True(report.Move!.Stage == MoveStage.OldCommit, Tell(report));
        var told = Assert.Single(report.Findings, finding => finding is { Code: "two-open", Level: FindingLevel.Warning });
        Assert.Contains(new Uri(network.A.Url).Authority, told.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_checked_with_the_keys_of_the_directory_and_its_blobs_at_the_account_s_server()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: Small);
        var (car, _) = await new XrpcSession(network.A.Url).GetBytesAsync("com.atproto.sync.getRepo", Cancel, ("did", account.Did));
        var folder = Directory.CreateTempSubdirectory("migrator-doctor-e2e-");
        try
        {
            var file = Path.Combine(folder.FullName, "repo.car");
            await File.WriteAllBytesAsync(file, car, Cancel);
            var options = new CheckOptions { WorkFolder = folder.FullName, ReadBlobs = true };
            var report = await new CarDoctor(Online(live), TimeProvider.System).CheckAsync(file, "repo.car", options, null, Cancel);
            Assert.True(report.Verdict == CheckVerdict.Whole, Tell(report));
            Assert.Equal((SignerStanding.Current, (long)account.Records), (report.Repo!.Signer, report.Repo.Records));
            Assert.True(report.Blobs is { Hashed: true, Missing: 0 } && report.Blobs.Asked == account.Blobs.Count, Tell(report));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task What_does_not_exist_is_not_found()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        Assert.Equal(CheckVerdict.NotFound, (await CheckAsync(live, "nobody.a.test")).Verdict);
        Assert.Equal(CheckVerdict.NotFound, (await CheckAsync(live, "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")).Verdict);
        Assert.Equal(CheckVerdict.NotFound, (await CheckAsync(live, "not a name")).Verdict);
    }

    private static async Task<CheckReport> CheckAsync(LiveClients live, string account, string? otherHost = null)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-doctor-e2e-");
        try
        {
            var options = new CheckOptions { WorkFolder = folder.FullName, ReadBlobs = true, OtherHost = otherHost is null ? null : new Uri(otherHost) };
            return await new AccountDoctor(Online(live), TimeProvider.System).CheckAsync(account, options, null, Cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static OnlineParts Online(LiveClients live) =>
        new(live.Get<HandleResolver>(), live.Get<DidResolver>(), live.Get<PlcClient>(), live.Get<PdsClientFactory>());

    private static string Tell(CheckReport report) => System.Text.Encoding.UTF8.GetString(CheckJson.Write(report));
}
