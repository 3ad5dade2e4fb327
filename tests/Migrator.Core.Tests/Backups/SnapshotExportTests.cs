using System.Text.Json;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public sealed class SnapshotExportTests : IAsyncLifetime
{
    private readonly BackupWorld _world = new();
    private StubAccount _account = null!;
    private SnapshotSummary _snapshot = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private string Out => Path.Combine(_world.Folder, "out");

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        for (var i = 0; i < 5; i++)
            _account.Builder.PutText($"app.bsky.feed.post/post{i}", $"number {i}");
        _account.Builder.PutText($"com.example.note/{new string('k', 500)}", "a long name");
        _account.AddBlob("app.bsky.feed.post/image", [1, 2, 3]);
        _account.AddBlob("app.bsky.feed.post/third", [.. Enumerable.Repeat((byte)6, 200_000)]);
        _account.AddBlob("app.bsky.feed.post/second", [.. Enumerable.Repeat((byte)7, 200_000)]);
        _account.Publish();
        _snapshot = await _world.StoreAsync(_account.Did, Ct);
    }

    [Fact]
    public async Task Everything_comes_out_as_plain_files()
    {
        var taken = await SnapshotExport.RunAsync(await OpenAsync(), Out, null, Ct);

        Assert.Equal((9L, 3L, true), (taken.Records, taken.Blobs, taken.IsWhole));
        Assert.Equal("number 3", Read("records/app.bsky.feed.post/post3.json").GetProperty("text").GetString());
        var longName = Assert.Single(Directory.EnumerateFiles(Path.Combine(Out, "records/com.example.note")));
        Assert.True(Path.GetFileName(longName).Length <= 255);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(Out, "blobs", Cid.ForRaw([1, 2, 3]).ToString()), Ct));
        Assert.Equal(3, Read("blobs.json").GetArrayLength());
        Assert.Equal(_account.Did.ToString(), Read("did.json").GetProperty("id").GetString());
        using var repo = await RepoVerifier.VerifyFilesAsync([Path.Combine(Out, "repo.car")], _account.Repo.Expectation, cancel: Ct);
        Assert.Equal(9, repo.Records);
        Assert.Equal(["blobs", "blobs.json", "did.json", "manifest.json", "records", "repo.car"],
            Directory.EnumerateFileSystemEntries(Out).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_snapshot_that_was_closed_holds_no_key_of_its_objects_any_more()
    {
        var opened = await OpenAsync();
        var blob = (await opened.ListBlobsAsync(Ct).ToListAsync(Ct))[0];
        Assert.NotNull(blob.Offset); // in a pack, whose key is kept for the next one
        await (await opened.OpenBlobAsync(blob, Ct)).DisposeAsync();
        opened.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => opened.OpenBlobAsync(blob, Ct));
    }

    [Fact]
    public async Task Every_record_has_a_file_of_its_own_inside_the_folder_whatever_its_path()
    {
        var longKey = new string('k', 400);
        string[] odd =
        [
            "../x", "./x", $"{new string('c', 317)}/x", $"{new string('c', 318)}/x", $"com.example.same/{longKey}1", $"com.example.same/{longKey}2",
        ];
        foreach (var path in odd)
            _account.Builder.PutText(path, "the same");
        _account.Publish();
        _snapshot = await _world.StoreAsync(_account.Did, Ct);

        var taken = await SnapshotExport.RunAsync(await OpenAsync(), Out, null, Ct);

        Assert.Equal((15L, true), (taken.Records, taken.IsWhole));
        Assert.Equal(15, Directory.EnumerateFiles(Path.Combine(Out, "records"), "*.json", SearchOption.AllDirectories).Count());
        Assert.False(File.Exists(Path.Combine(Out, "x.json")));
        Assert.Equal(7, Directory.EnumerateDirectories(Path.Combine(Out, "records")).Count());
    }

    [Fact]
    public async Task Every_file_in_the_damaged_part_is_named_and_the_rest_comes_out()
    {
        var opened = await OpenAsync();
        // The files arrive in any order, so the last sealed part of the pack holds the end of one of them or of two.
        var blobs = (await opened.ListBlobsAsync(Ct).ToListAsync(Ct)).OrderBy(blob => blob.Offset).ToList();
        var end = blobs[^1].Offset!.Value + blobs[^1].Size!.Value;
        var lastPart = (end - 1) / AgeLimits.ChunkLength * AgeLimits.ChunkLength;
        var damaged = blobs.Where(blob => blob.Offset + blob.Size > lastPart).Select(blob => blob.Cid).ToHashSet();
        Flip(BackupLayout.Absolute(opened.AccountId, blobs[^1].Object!.Name));

        var taken = await SnapshotExport.RunAsync(opened, Out, null, Ct);

        Assert.Equal(damaged, taken.Lost.Select(lost => lost.Cid).ToHashSet());
        Assert.Equal((9L, 3L - damaged.Count), (taken.Records, taken.Blobs));
        Assert.All(damaged, cid => Assert.False(File.Exists(Path.Combine(Out, "blobs", cid.ToString()))));
        Assert.Equal(damaged.Count, Read("blobs.json").EnumerateArray().Count(blob => blob.TryGetProperty("lost", out _)));
    }

    [Fact]
    public async Task A_damaged_repo_leaves_nothing_behind()
    {
        var opened = await OpenAsync();
        Flip(BackupLayout.Absolute(opened.AccountId, opened.Manifest.Repo.Chain[0].Object.Name));

        await Assert.ThrowsAsync<SnapshotFaultException>(() => SnapshotExport.RunAsync(opened, Out, null, Ct));

        Assert.False(Path.Exists(Out));
        Assert.False(Path.Exists(Out + ".unfinished"));
    }

    [Fact]
    public async Task Nothing_is_ever_overwritten()
    {
        Directory.CreateDirectory(Out);
        await File.WriteAllTextAsync(Path.Combine(Out, "mine"), "precious", Ct);

        await Assert.ThrowsAsync<IOException>(async () => await SnapshotExport.RunAsync(await OpenAsync(), Out, null, Ct));

        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(Out, "mine"), Ct));
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }

    private Task<OpenedSnapshot> OpenAsync() => SnapshotReader.OpenAsync(_world.Vault, _snapshot.Name, [_world.Identity], Ct);

    private void Flip(string name)
    {
        var bytes = _world.Vault[name].ToArray();
        bytes[^1] ^= 1;
        _world.Vault[name] = bytes;
    }

    private JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, name))).RootElement;
}
