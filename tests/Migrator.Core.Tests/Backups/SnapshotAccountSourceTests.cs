using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public sealed class SnapshotAccountSourceTests : IAsyncLifetime
{
    private readonly BackupWorld _world = new();
    private StubAccount _account = null!;
    private SnapshotSummary _earlier = null!;
    private SnapshotSummary _snapshot = null!;
    private string _work = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        _work = Directory.CreateDirectory(Path.Combine(_world.Folder, "source")).FullName;
        for (var i = 0; i < 20; i++) _account.Builder.PutText($"app.bsky.feed.post/post{i:d3}", $"number {i}");
        _account.AddBlob("app.bsky.feed.post/image", [1, 2, 3]);
        _account.Publish();
        _earlier = await _world.StoreAsync(_account.Did, Ct);
        _account.Builder.PutText("app.bsky.feed.post/post001", "changed");
        _account.Builder.Delete("app.bsky.feed.post/post002");
        _account.AddBlob("app.bsky.feed.post/second", [4, 5]);
        _account.Publish();
        _snapshot = await _world.StoreAsync(_account.Did, Ct);
    }

    [Fact]
    public async Task A_snapshot_answers_as_a_living_server_would()
    {
        using var source = new SnapshotAccountSource(await OpenAsync(_snapshot), _work);
        Assert.Equal(_account.Repo.Commit, (await source.ReadHeadAsync(Ct)).Value.Commit);
        var car = Path.Combine(_work, "out.car");
        await using (var stream = (await source.OpenRepoAsync("3whatever", Ct)).Value)
        {
            await using var file = File.Create(car);
            await stream.Stream.CopyToAsync(file, Ct);
        }
        using var repo = await RepoVerifier.VerifyFilesAsync([car], _account.Repo.Expectation, cancel: Ct);
        Assert.Equal(21, repo.Records);
        foreach (var blob in repo.Blobs)
        {
            await using var given = (await source.OpenBlobAsync(blob.Cid, Ct)).Value;
            Assert.Equal("image/png", given.ContentType);
            using var bytes = new MemoryStream();
            await given.Stream.CopyToAsync(bytes, Ct);
            Assert.Equal(_account.Blobs[blob.Cid.ToString()], bytes.ToArray());
        }
        Assert.False((await source.ReadPreferencesAsync(Ct)).IsOk);
        Assert.DoesNotContain(Directory.EnumerateFiles(_work), path => Path.GetFileName(path).StartsWith("blob-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_blob_is_refused_before_a_byte_is_given()
    {
        var stored = (await _world.Index.ListObjectsAsync(_snapshot.AccountId, Ct)).First(item => item.Content.Kind == ObjectKind.Pack);
        _world.Vault[stored.Name][^1] ^= 1;
        using var source = new SnapshotAccountSource(await OpenAsync(_snapshot), _work);
        var results = new List<XrpcResult<XrpcStream>>();
        foreach (var cid in _account.Blobs.Keys) results.Add(await source.OpenBlobAsync(Cid.Parse(cid), Ct));
        var refused = Assert.Single(results, result => !result.IsOk).Error;
        Assert.Equal((XrpcFailure.Refused, 400), (refused.Failure, refused.Status));
        foreach (var given in results.Where(result => result.IsOk)) await given.Value.DisposeAsync();
    }

    [Fact]
    public async Task Two_snapshots_are_compared_record_by_record()
    {
        using var earlier = await (await OpenAsync(_earlier)).OpenRepoAsync(Directory.CreateDirectory(Path.Combine(_work, "a")).FullName, Ct);
        using var later = await (await OpenAsync(_snapshot)).OpenRepoAsync(Directory.CreateDirectory(Path.Combine(_work, "b")).FullName, Ct);
        var difference = SnapshotDifference.Compare(earlier, later);
        Assert.Equal("app.bsky.feed.post/second", Assert.Single(difference.Added).Path);
        Assert.Equal("app.bsky.feed.post/post001", Assert.Single(difference.Changed).Path);
        Assert.Equal("app.bsky.feed.post/post002", Assert.Single(difference.Deleted).Path);
        Assert.Single(difference.AddedBlobs);
        Assert.Empty(difference.DroppedBlobs);
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }

    private Task<OpenedSnapshot> OpenAsync(SnapshotSummary snapshot) => SnapshotReader.OpenAsync(_world.Vault, snapshot.Name, [_world.Identity], Ct);
}
