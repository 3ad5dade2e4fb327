using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Network;

/// <summary>
/// The judge decides whether moves are right, so it is itself put to the test: it must say yes, and no, for the right reason.
/// </summary>
public sealed class JudgeTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_untouched_account_is_the_same()
    {
        var (network, account, before) = await FilledAsync();
        var report = await network.JudgeAsync(new(before, network.A) { Handle = account.Handle, Password = account.Password }, Cancel);
        Assert.True(report.Ok, report.ToString());
        Assert.True(report.Checks.Count >= 18, report.ToString());
        Assert.Equal(account.Records, before.Records);
        Assert.Equal(account.Blobs.Count, before.Blobs);
    }

    [Fact]
    public async Task An_account_moved_call_by_call_is_the_same()
    {
        var (network, account, before) = await FilledAsync();
        var move = new ReferenceMove(network, network.A, network.B, account);
        await move.RunAsync(Cancel);
        var report = await network.JudgeAsync(AfterMove(network, before, move), Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task An_account_with_a_page_as_identity_moved_call_by_call_is_the_same()
    {
        var network = await shared.GetAsync(Cancel);
        var (account, page) = await network.CreateDidWebAccountAsync(network.A, Cancel);
        await using var _ = page;
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel, account.Password);
        var move = new ReferenceMove(network, network.A, network.B, account, page);
        await move.RunAsync(Cancel);
        var report = await network.JudgeAsync(
            new(before, network.B) { Handle = move.Moved.Handle, Password = move.Moved.Password }, Cancel);
        Assert.True(report.Ok, report.ToString());
    }

    [Fact]
    public async Task A_blob_named_in_the_old_form_is_judged_too()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: new() { LegacyBlob = true });
        var before = await network.SnapshotAsync(network.A, account.Did, Cancel);
        Assert.True((await network.JudgeAsync(new(before, network.A), Cancel)).Ok);
        network.A.DeleteBlobFile(account.Did, account.Blobs[^1].Cid);
        Assert.Equal(["every blob is served with the same bytes and type"], await FailuresAsync(network, new(before, network.A)));
    }

    [Fact]
    public async Task A_commit_still_signed_by_the_old_key_is_seen()
    {
        var (network, account, before) = await FilledAsync();
        var move = new ReferenceMove(network, network.A, network.B, account);
        await move.RunAsync(Cancel, signNewestCommit: false);
        var report = await network.JudgeAsync(AfterMove(network, before, move), Cancel);
        Assert.Equal(
            ["newest commit is signed by the key in the DID document", "announced revision is that of the newest commit"],
            report.Failed.Select(check => check.Name));
    }

    [Fact]
    public async Task An_old_account_left_active_is_seen()
    {
        var (network, account, before) = await FilledAsync();
        var move = new ReferenceMove(network, network.A, network.B, account);
        await move.RunAsync(Cancel, deactivateOld: false);
        Assert.Equal(["deactivated on the old server"], await FailuresAsync(network, AfterMove(network, before, move)));
    }

    [Fact]
    public async Task A_rotation_key_of_the_old_server_that_stayed_is_seen()
    {
        var (network, _, before) = await FilledAsync();
        var failures = await FailuresAsync(network, new(before, network.A) { From = network.A });
        Assert.Contains("old server may no longer change the entry", failures);
    }

    [Fact]
    public async Task A_rotation_key_of_the_owner_that_is_not_listed_is_seen()
    {
        var (network, _, before) = await FilledAsync();
        var failures = await FailuresAsync(network, new(before, network.A) { UserKeys = [network.B.RotationKey] });
        Assert.Equal(["owner's keys come first, in order"], failures);
    }

    [Fact]
    public async Task An_added_record_is_seen()
    {
        var (network, account, before) = await FilledAsync();
        await network.AddToAsync(account, new() { Posts = 0, Images = 0, Likes = 1, Reposts = 0, Follows = 0, Orphans = 0 }, Cancel);
        Assert.Equal(["same root of the record tree", "no record was added"], await FailuresAsync(network, new(before, network.A)));
    }

    [Fact]
    public async Task A_missing_record_is_seen()
    {
        var (network, account, before) = await FilledAsync();
        var owner = await account.SignInAsync(Cancel);
        await owner.PostAsync(
            "com.atproto.repo.deleteRecord",
            new { repo = account.Did, collection = "com.myrecipes.recipe", rkey = "cake-1_v1.2~a:b" },
            Cancel);
        Assert.Equal(["same root of the record tree", "no record is missing"], await FailuresAsync(network, new(before, network.A)));
    }

    [Fact]
    public async Task A_changed_record_is_seen()
    {
        var (network, account, before) = await FilledAsync();
        var owner = await account.SignInAsync(Cancel);
        var record = new Dictionary<string, string> { ["$type"] = "com.myrecipes.recipe", ["title"] = "Apfelstrudel" };
        await owner.PostAsync(
            "com.atproto.repo.putRecord",
            new { repo = account.Did, collection = "com.myrecipes.recipe", rkey = "cake-1_v1.2~a:b", record },
            Cancel);
        Assert.Equal(
            ["same root of the record tree", "every record has the same bytes"], await FailuresAsync(network, new(before, network.A)));
    }

    [Theory]
    [InlineData(true, "Blob not found")]
    [InlineData(false, "the bytes have another hash")]
    public async Task A_blob_that_is_lost_or_damaged_is_seen(bool lost, string reason)
    {
        var (network, account, before) = await FilledAsync();
        var cid = account.Blobs[0].Cid;
        if (lost)
            network.A.DeleteBlobFile(account.Did, cid);
        else
            network.A.DamageBlobFile(account.Did, cid);
        var report = await network.JudgeAsync(new(before, network.A), Cancel);
        var failed = Assert.Single(report.Failed);
        Assert.Equal("every blob is served with the same bytes and type", failed.Name);
        Assert.Contains(reason, failed.Detail);
    }

    [Fact]
    public async Task Other_preferences_are_seen()
    {
        var (network, account, before) = await FilledAsync();
        var owner = await account.SignInAsync(Cancel);
        await owner.PostAsync("app.bsky.actor.putPreferences", new { preferences = Array.Empty<object>() }, Cancel);
        Assert.Equal(["same preferences"], await FailuresAsync(network, new(before, network.A) { Password = account.Password }));
    }

    [Fact]
    public async Task What_cannot_be_read_is_no_success()
    {
        var (network, _, before) = await FilledAsync();
        Assert.Equal(["judging"], await FailuresAsync(network, new(before with { Did = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa" }, network.A)));
    }

    private async Task<(RealNetwork Network, FilledAccount Account, AccountSnapshotFolder Before)> FilledAsync()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        return (network, account, await network.SnapshotAsync(network.A, account.Did, Cancel, account.Password));
    }

    private static JudgeRequest AfterMove(RealNetwork network, AccountSnapshotFolder before, ReferenceMove move) =>
        new(before, network.B) { From = network.A, Handle = move.Moved.Handle, Password = move.Moved.Password };

    private static async Task<IEnumerable<string>> FailuresAsync(RealNetwork network, JudgeRequest request) =>
        (await network.JudgeAsync(request, Cancel)).Failed.Select(check => check.Name);
}
