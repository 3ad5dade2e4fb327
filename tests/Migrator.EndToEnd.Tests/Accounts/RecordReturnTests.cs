using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.EndToEnd.Tests.AtProto;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Accounts;

/// <summary>Records that were deleted come back into a living account on a reference server.</summary>
public sealed class RecordReturnTests(SharedNetwork shared) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("migrator-return-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deleted_records_come_back_byte_for_byte_with_their_files_and_nothing_else_changes()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: new FillOptions { Images = 4 });
        using var then = await DownloadAsync(live, account, "then.car");
        var kept = await KeepFilesAsync(live, account, then);
        var person = await account.SignInAsync(Cancel);
        var posts = then.EnumerateRecords().Where(record => record.Path.StartsWith("app.bsky.feed.post/", StringComparison.Ordinal)).ToList();
        var edited = posts.First(post => RecordBlobs.Of(then.ReadRecord(post.Cid)).Count == 0);
        var withLostFile = posts.First(post => RecordBlobs.Of(then.ReadRecord(post.Cid)).Count > 0);
        kept.Files.Remove(RecordBlobs.Of(then.ReadRecord(withLostFile.Cid)).Keys.First());
        foreach (var post in posts.Where(post => post != edited))
            await person.PostAsync("com.atproto.repo.deleteRecord", new { repo = account.Did, collection = "app.bsky.feed.post", rkey = post.Path[19..] }, Cancel);
        await person.PostAsync(
            "com.atproto.repo.putRecord",
            new Dictionary<string, object>
            {
                ["repo"] = account.Did, ["collection"] = "app.bsky.feed.post", ["rkey"] = edited.Path[19..],
                ["record"] = new Dictionary<string, object> { ["$type"] = "app.bsky.feed.post", ["text"] = "edited", ["createdAt"] = "2026-01-01T00:00:00Z" },
            },
            Cancel);
        using var before = await DownloadAsync(live, account, "before.car");

        var preview = ReturnPreview.Make(then, before, path => path.StartsWith("app.bsky.feed.post/", StringComparison.Ordinal));
        var outcome = await new RecordReturn(then, kept, await live.OwnerAsync(account, Cancel)).RunAsync(preview, null, Cancel);

        Assert.Equal((posts.Count - 1, 0L), (preview.Records.Count, preview.NotChosen));
        Assert.Equal(edited.Path, Assert.Single(preview.Changed).Path);
        Assert.Null(outcome.Stopped);
        Assert.Equal((posts.Count - 2, 0L), (outcome.Returned, outcome.Left));
        Assert.Equal(withLostFile.Path, Assert.Single(outcome.Refused).Record.Path);
        using var after = await DownloadAsync(live, account, "after.car");
        var left = RepoDiff.Compare(then, after);
        Assert.Equal([withLostFile.Path], left.Missing.Select(record => record.Path));
        Assert.Equal([edited.Path], left.Changed.Select(change => change.Path));
        Assert.Empty(left.Extra);
        foreach (var cid in after.Blobs.Select(blob => blob.Cid))
        {
            var (bytes, _) = await person.GetBytesAsync("com.atproto.sync.getBlob", Cancel, ("did", account.Did), ("cid", cid.ToString()));
            Assert.Equal(cid, Cid.ForRaw(bytes));
        }

        Assert.Equal([withLostFile.Path], ReturnPreview.Make(then, after, _ => true).Records.Select(record => record.Path));
    }

    [Fact]
    public async Task A_bad_record_costs_the_others_nothing_and_a_large_one_is_named()
    {
        var network = await shared.GetAsync(Cancel);
        using var live = new LiveClients(network);
        var account = await network.CreateAccountAsync(network.A, Cancel, fill: new FillOptions { Posts = 3, Images = 0 });
        var person = await account.SignInAsync(Cancel);
        foreach (var (key, text) in new[] { ("small", "s"), ("large", new string('x', 145_000)) })
        {
            await person.PostAsync(
                "com.atproto.repo.putRecord",
                new Dictionary<string, object>
                {
                    ["repo"] = account.Did, ["collection"] = "com.example.note", ["rkey"] = key,
                    ["record"] = new Dictionary<string, object> { ["$type"] = "com.example.note", ["text"] = text },
                },
                Cancel);
        }

        using var then = await DownloadAsync(live, account, "then.car");
        var kept = await KeepFilesAsync(live, account, then);
        foreach (var record in then.EnumerateRecords().Where(record => !record.Path.Contains("profile", StringComparison.Ordinal)))
        {
            var parts = record.Path.Split('/');
            await person.PostAsync("com.atproto.repo.deleteRecord", new { repo = account.Did, collection = parts[0], rkey = parts[1] }, Cancel);
        }

        using var before = await DownloadAsync(live, account, "before.car");
        var preview = ReturnPreview.Make(then, before, _ => true);
        // One name is taken again between the preview and the click: the server refuses the whole batch for it.
        await person.PostAsync(
            "com.atproto.repo.putRecord",
            new Dictionary<string, object>
            {
                ["repo"] = account.Did, ["collection"] = "com.example.note", ["rkey"] = "small",
                ["record"] = new Dictionary<string, object> { ["$type"] = "com.example.note", ["text"] = "new" },
            },
            Cancel);
        var outcome = await new RecordReturn(then, kept, await live.OwnerAsync(account, Cancel)).RunAsync(preview, null, Cancel);

        Assert.Null(outcome.Stopped);
        Assert.Equal(preview.Records.Count - 2, outcome.Returned);
        Assert.Equal(["com.example.note/large", "com.example.note/small"], outcome.Refused.Select(one => one.Record.Path).Order());
        var note = await person.GetAsync(
            "com.atproto.repo.getRecord", Cancel, ("repo", account.Did), ("collection", "com.example.note"), ("rkey", "small"));
        Assert.Equal("new", note.GetProperty("value").GetProperty("text").GetString());
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private async Task<VerifiedRepo> DownloadAsync(LiveClients live, FilledAccount account, string name)
    {
        var path = Path.Combine(folder, name);
        var did = Did.Parse(account.Did);
        var body = (await live.Anonymous(account.Pds).GetRepoAsync(did, null, Cancel)).Value;
        Assert.Null(await CarDownload.ToFileAsync(body, File.Create(path), 1 << 30, _ => Task.CompletedTask, Cancel));
        var document = await live.Get<DidResolver>().ResolveAsync(did, Cancel);
        return await RepoVerifier.VerifyFilesAsync([path], new RepoExpectation(did, [document.Value.SigningKey!]), null, null, Cancel);
    }

    private static async Task<KeptFiles> KeepFilesAsync(LiveClients live, FilledAccount account, VerifiedRepo repo)
    {
        var kept = new KeptFiles(Did.Parse(account.Did));
        foreach (var blob in repo.Blobs)
        {
            var body = (await live.Anonymous(account.Pds).GetBlobAsync(kept.Did, blob.Cid, Cancel)).Value;
            await using (body)
            {
                using var bytes = new MemoryStream();
                await body.Stream.CopyToAsync(bytes, Cancel);
                kept.Files[blob.Cid] = bytes.ToArray();
            }
        }

        return kept;
    }

    /// <summary>What a backup would give: files in memory.</summary>
    private sealed class KeptFiles(Did did) : IAccountSource
    {
        public Dictionary<Cid, byte[]> Files { get; } = [];

        public Did Did => did;

        public string Name => "the kept files";

        public Task<XrpcResult<RepoHead>> ReadHeadAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<XrpcResult<XrpcStream>> OpenRepoAsync(string? since, CancellationToken ct) => throw new NotSupportedException();

        public Task<XrpcResult<XrpcStream>> OpenBlobAsync(Cid cid, CancellationToken ct) => Task.FromResult(
            Files.TryGetValue(cid, out var bytes)
                ? XrpcResult.Ok(new XrpcStream(new MemoryStream(bytes), null, bytes.Length))
                : (XrpcResult<XrpcStream>)new XrpcError(XrpcFailure.Refused, 400, "InvalidRequest", "not kept", null, new Uri("https://kept.invalid"), "blob"));

        public Task<XrpcResult<JsonElement>> ReadPreferencesAsync(CancellationToken ct) => throw new NotSupportedException();
    }
}
