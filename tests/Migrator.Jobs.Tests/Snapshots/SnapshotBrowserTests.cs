using Migrator.Core.Age;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;
using Xunit;

namespace Migrator.Jobs.Tests.Snapshots;

/// <summary>Looking into snapshots with a key that is held for a while; the snapshots are real.</summary>
public sealed class SnapshotBrowserTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Owner = BrowseWorld.Owner;
    private const string Session = "a browser's session";
    private BrowseWorld _world = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _world = await BrowseWorld.StartAsync(postgres, Ct);
        for (var i = 0; i < 25; i++)
            _world.Account.Builder.PutText($"app.bsky.feed.post/post{i:d3}", $"number {i}");
        _world.Account.Builder.PutText("app.bsky.feed.postgate/other", "of a collection whose name goes on");
        for (byte i = 0; i < 3; i++)
            _world.Account.AddBlob($"app.bsky.feed.post/image{i}", [i, 1, 2]);
    }

    [Fact]
    public async Task With_the_key_every_record_and_file_is_seen_once_page_by_page()
    {
        var view = await _world.StoreAsync(Ct);
        Assert.True(_world.Browser.GiveKey(Owner, Session, _world.PrivateKey).IsOk);
        using var opened = (await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct)).Value!;

        var contents = opened.Describe();
        Assert.Equal((29, 3, true), (contents.Records, contents.Blobs, contents.SignatureIsGood));
        Assert.Equal(
            [new CollectionCount("app.bsky.feed.post", 28), new CollectionCount("app.bsky.feed.postgate", 1)], contents.Collections);
        Assert.Equal((false, "No sign-in was given for them."), (contents.HasPreferences, contents.WhyNoPreferences));

        var seen = new List<string>();
        for (string? after = null; ;)
        {
            var page = opened.RecordsOf("app.bsky.feed.post", after, 10);
            Assert.InRange(page.Items.Count, 1, 10);
            seen.AddRange(page.Items.Select(item => item.Key));
            if ((after = page.After) is null)
                break;
        }

        Assert.Equal(
            Enumerable.Range(0, 3).Select(i => $"image{i}").Concat(Enumerable.Range(0, 25).Select(i => $"post{i:d3}")), seen);
        Assert.Empty(opened.RecordsOf("app.bsky.feed", null, 10).Items);
        Assert.Empty(opened.RecordsOf("", null, 10).Items);
        Assert.Equal("number 7", opened.RecordAt("app.bsky.feed.post/post007")!.Value.GetProperty("text").GetString());
        foreach (var nothing in new[] { "app.bsky.feed.post/post0070", "app.bsky.feed.post/", "app.bsky.feed.post", "", "~" })
            Assert.Null(opened.RecordAt(nothing));

        var blobs = opened.BlobsOf(0, 2);
        Assert.Equal((2, 2), (blobs.Items.Count, blobs.Skip));
        Assert.Equal(("app.bsky.feed.post/image2", (int?)null),
            (Assert.Single(opened.BlobsOf(2, 2).Items).FirstPath, opened.BlobsOf(2, 2).Skip));
        Assert.Empty(opened.BlobsOf(3, 2).Items);
    }

    [Fact]
    public async Task Without_a_key_or_with_another_one_nothing_is_opened_and_nothing_is_left_on_the_disk()
    {
        var view = await _world.StoreAsync(Ct);
        await RefusedAsync("Give the private key first");
        Assert.Equal(ServiceOutcome.Invalid, _world.Browser.GiveKey(Owner, Session, "not a key").Outcome);
        Assert.Equal(ServiceOutcome.Invalid, _world.Browser.GiveKey(Owner, Session, _world.Identity.Recipient.ToString()).Outcome);
        await RefusedAsync("Give the private key first");

        using var other = AgeIdentity.Generate();
        Assert.True(_world.Browser.GiveKey(Owner, Session, other.RevealText()).IsOk);
        await RefusedAsync("This key does not open this snapshot");

        // What somebody else gave is nobody else's.
        Assert.True(_world.Browser.GiveKey(Owner, "another session", _world.PrivateKey).IsOk);
        await RefusedAsync("This key does not open this snapshot");
        Assert.Equal(ServiceOutcome.NotFound, (await _world.Browser.OpenAsync("somebody", "another session", view.Id, Ct)).Outcome);
        Assert.Empty(_world.Unsealed);

        async Task RefusedAsync(string words)
        {
            var answer = await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct);
            Assert.Equal((ServiceOutcome.Invalid, "PrivateKey"), (answer.Outcome, answer.Problems[0].Field));
            Assert.StartsWith(words, answer.Problems[0].Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_was_unsealed_is_gone_from_the_disk_when_the_key_is_forgotten_or_was_not_used()
    {
        var view = await _world.StoreAsync(Ct);
        _world.Browser.GiveKey(Owner, Session, _world.PrivateKey);
        var looking = (await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct)).Value!;
        var folder = Assert.Single(_world.Unsealed);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        using (var again = (await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct)).Value!)
            Assert.Single(_world.Unsealed);

        // Who looks at this moment may finish; then it is wiped.
        _world.Browser.Forget(Owner, Session);
        Assert.Null(_world.Browser.FindKey(Owner, Session));
        Assert.NotNull(looking.RecordAt("app.bsky.feed.post/post001"));
        Assert.Single(_world.Unsealed);
        looking.Dispose();
        Assert.Empty(_world.Unsealed);

        _world.Browser.GiveKey(Owner, Session, _world.PrivateKey);
        (await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct)).Value!.Dispose();
        Assert.Single(_world.Unsealed);
        await _world.Browser.StartAsync(Ct);
        _world.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Empty(_world.Unsealed);
        Assert.NotNull(_world.Browser.FindKey(Owner, Session));
        _world.Time.Advance(TimeSpan.FromMinutes(31));
        Assert.Null(_world.Browser.FindKey(Owner, Session));
    }

    [Fact]
    public async Task A_key_whose_time_ends_while_it_waits_for_its_turn_leaves_nothing_behind()
    {
        var view = await _world.StoreAsync(Ct);
        var time = new EndingTime();
        using var keys = new SessionKeys(time);
        using var browser = _world.OpenBrowser(keys);
        Assert.True(browser.GiveKey(Owner, Session, _world.PrivateKey).IsOk);
        time.CallsLeft = 2; // the first look at the key still finds it

        var answer = await browser.OpenAsync(Owner, Session, view.Id, Ct);

        Assert.StartsWith("Give the private key once more", answer.Problems[0].Message, StringComparison.Ordinal);
        Assert.Empty(_world.Unsealed);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_removed_does_not_end_the_program()
    {
        var view = await _world.StoreAsync(Ct);
        _world.Browser.GiveKey(Owner, Session, _world.PrivateKey);
        (await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct)).Value!.Dispose();
        await _world.Browser.StartAsync(Ct);
        Directory.Delete(Assert.Single(_world.Unsealed), recursive: true); // removing it a second time is an error
        _world.Time.Advance(TimeSpan.FromMinutes(11)); // what a timer throws comes out here
    }

    [Fact]
    public void Forgetting_all_takes_the_keys_of_every_session_of_the_owner_and_of_nobody_else()
    {
        foreach (var (owner, session) in new[] { (Owner, "one"), (Owner, "two"), ($"{Owner}2", "one") })
            Assert.True(_world.Browser.GiveKey(owner, session, _world.PrivateKey).IsOk);
        _world.Browser.ForgetAll(Owner);
        Assert.Null(_world.Browser.FindKey(Owner, "one"));
        Assert.Null(_world.Browser.FindKey(Owner, "two"));
        Assert.NotNull(_world.Browser.FindKey($"{Owner}2", "one"));
    }

    [Fact]
    public async Task Two_snapshots_are_compared_record_by_record_and_file_by_file()
    {
        var first = await _world.StoreAsync(Ct);
        var builder = _world.Account.Builder;
        builder.PutText("app.bsky.feed.post/post003", "changed").PutText("app.bsky.feed.post/zzz", "new");
        builder.Delete("app.bsky.feed.post/post004");
        builder.Delete("app.bsky.feed.post/image1");
        var added = _world.Account.AddBlob("app.bsky.feed.post/image9", [9, 9]);
        var second = await _world.StoreAsync(Ct);
        _world.Browser.GiveKey(Owner, Session, _world.PrivateKey);
        using var from = (await _world.Browser.OpenAsync(Owner, Session, first.Id, Ct)).Value!;
        using var to = (await _world.Browser.OpenAsync(Owner, Session, second.Id, Ct)).Value!;

        var all = from.ChangesTo(to, 0, 100);
        Assert.Equal((new ChangeCounts(2, 1, 2, 1, 1), (int?)null), (all.Counts, all.Skip));
        Assert.Equal(["app.bsky.feed.post/image9", "app.bsky.feed.post/zzz"], all.Added.Select(record => record.Path));
        Assert.Equal("app.bsky.feed.post/post003", Assert.Single(all.Changed).Path);
        Assert.Equal(["app.bsky.feed.post/image1", "app.bsky.feed.post/post004"], all.Deleted.Select(record => record.Path));
        Assert.Equal((added.ToString(), "app.bsky.feed.post/image1"), (all.AddedBlobs[0].Cid, all.DroppedBlobs[0].FirstPath));

        var page = from.ChangesTo(to, 0, 1);
        Assert.Equal((1, 1, 1), (page.Added.Count, page.Deleted.Count, page.Skip));
        var next = from.ChangesTo(to, 1, 1);
        Assert.Equal((1, 0, (int?)null), (next.Added.Count, next.Changed.Count, next.Skip));
    }

    [Fact]
    public async Task A_snapshot_that_was_damaged_in_the_vault_is_not_shown_as_if_it_were_whole()
    {
        var view = await _world.StoreAsync(Ct);
        var largest = new DirectoryInfo(_world.VaultFolder).EnumerateFiles("*.age", SearchOption.AllDirectories)
            .MaxBy(file => file.Length)!;
        var bytes = await File.ReadAllBytesAsync(largest.FullName, Ct);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(largest.FullName, bytes, Ct);
        _world.Browser.GiveKey(Owner, Session, _world.PrivateKey);

        var answer = await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct);

        Assert.Equal(ServiceOutcome.Unavailable, answer.Outcome);
        Assert.StartsWith("The snapshot cannot be opened.", answer.Problems[0].Message, StringComparison.Ordinal);
        Assert.Empty(_world.Unsealed);
    }

    [Fact]
    public async Task A_hundred_thousand_records_are_paged_without_reading_them_all_for_each_page()
    {
        for (var i = 0; i < 100_000 - 29; i++)
            _world.Account.Builder.PutText($"app.bsky.feed.{(i % 3 == 0 ? "like" : "post")}/{i:d13}", "x");
        var view = await _world.StoreAsync(Ct);
        _world.Browser.GiveKey(Owner, Session, _world.PrivateKey);
        using var opened = (await _world.Browser.OpenAsync(Owner, Session, view.Id, Ct)).Value!;

        var expected = opened.Describe().Collections.ToDictionary(entry => entry.Collection, entry => entry.Records);
        Assert.Equal(100_000, expected.Values.Sum());
        foreach (var (collection, count) in expected)
        {
            var (seen, last) = (0L, "");
            for (string? after = null; ;)
            {
                var page = opened.RecordsOf(collection, after, 200);
                Assert.All(page.Items, item => Assert.True(string.CompareOrdinal(last, last = item.Key) < 0));
                seen += page.Items.Count;
                if ((after = page.After) is null)
                    break;
            }

            Assert.Equal(count, seen);
            Assert.NotNull(opened.RecordAt($"{collection}/{last}"));
        }
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    /// <summary>A clock that goes on by hours after so many looks.</summary>
    private sealed class EndingTime : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2026, 1, 15, 12, 0, 0, TimeSpan.Zero);

        public int CallsLeft { get; set; } = int.MaxValue;

        public override DateTimeOffset GetUtcNow() => CallsLeft-- > 0 ? Start : Start.AddHours(3);
    }
}
