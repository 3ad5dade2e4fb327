using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

public sealed class PagedListTests
{
    private const string ListBlobs = "com.atproto.sync.listBlobs";
    private const string ListMissing = "com.atproto.repo.listMissingBlobs";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cursors_are_followed_to_the_empty_page()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(ListBlobs, Page("c1", 1, 2), Page("c2", 3), Reply.Json("""{"cids":[]}"""));

        var cids = (await pds.Anonymous.ListBlobsAsync(TestPds.Alice, null, Cancel)).Value;

        Assert.Equal([CidOf(1), CidOf(2), CidOf(3)], cids);
        Assert.DoesNotContain("cursor", pds.Server.Requests[0].Query, StringComparison.Ordinal);
        Assert.Contains("cursor=c2", pds.Server.Requests[2].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cid_that_is_listed_twice_counts_once()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(ListBlobs, Page("c1", 1, 2), Page(null, 2, 3));

        Assert.Equal(3, (await pds.Anonymous.ListBlobsAsync(TestPds.Alice, "3jui7kd54zh2y", Cancel)).Value.Count);
        Assert.Contains("since=3jui7kd54zh2y", pds.Server.Requests[0].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cursor_that_comes_again_ends_the_list()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(ListBlobs, Page("same", 1), Page("other", 2), Page("same", 3));

        var error = (await pds.Anonymous.ListBlobsAsync(TestPds.Alice, null, Cancel)).Error;

        Assert.Equal(XrpcFailure.Unreadable, error.Failure);
        Assert.Contains("does not end", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, pds.Server.Requests.Count);
    }

    [Fact]
    public async Task Ever_new_cursors_without_news_end_the_list()
    {
        await using var pds = await TestPds.StartAsync();
        var next = 0;
        pds.Server.On(ListMissing, Reply.By(context => Reply.Json($$"""{"blobs":[],"cursor":"c{{next++}}"}""").Answer(context)));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens("a", "r")));

        Assert.Equal(XrpcFailure.Unreadable, (await client.ListMissingBlobsAsync(Cancel)).Error.Failure);
        Assert.InRange(next, 1, 10);
    }

    [Fact]
    public async Task A_full_page_without_a_cursor_is_the_last()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(ListBlobs, Page(null, Enumerable.Range(0, 1000).ToArray()));

        Assert.Equal(1000, (await pds.Anonymous.ListBlobsAsync(TestPds.Alice, null, Cancel)).Value.Count);
        Assert.Single(pds.Server.Requests);
    }

    [Fact]
    public async Task Trouble_on_a_later_page_fails_the_whole_list()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(ListBlobs, Page("c1", 1), Reply.Error(400, "RepoNotFound", "gone"));

        Assert.Equal("RepoNotFound", (await pds.Anonymous.ListBlobsAsync(TestPds.Alice, null, Cancel)).Error.Name);
    }

    [Theory]
    [InlineData("""{"cids":["not a cid"]}""")]
    [InlineData("""{"cids":[7]}""")]
    public async Task Something_else_than_a_cid_makes_the_list_unreadable(string json)
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(ListBlobs, Reply.Json(json));

        Assert.Equal(XrpcFailure.Unreadable, (await pds.Anonymous.ListBlobsAsync(TestPds.Alice, null, Cancel)).Error.Failure);
    }

    [Fact]
    public async Task Missing_blobs_come_with_the_record_that_uses_them()
    {
        await using var pds = await TestPds.StartAsync();
        pds.Server.On(ListMissing,
            Reply.Json($$"""{"blobs":[{"cid":"{{CidOf(1)}}","recordUri":"at://x/y/z"}],"cursor":"c"}"""),
            Reply.Json("""{"blobs":[]}"""));
        var client = pds.SignedIn(new MemorySessionVault(TestPds.Tokens("a", "r")));

        Assert.Equal(new MissingBlob(CidOf(1), "at://x/y/z"), (await client.ListMissingBlobsAsync(Cancel)).Value.Single());
    }

    private static Cid CidOf(int number) => Cid.ForRaw(BitConverter.GetBytes(number));

    private static Reply Page(string? cursor, params int[] numbers)
    {
        var cids = string.Join(',', numbers.Select(number => $"\"{CidOf(number)}\""));
        return Reply.Json(cursor is null ? $$"""{"cids":[{{cids}}]}""" : $$"""{"cids":[{{cids}}],"cursor":"{{cursor}}"}""");
    }
}
