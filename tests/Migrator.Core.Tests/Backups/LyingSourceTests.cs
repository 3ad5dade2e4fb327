using Microsoft.AspNetCore.Http;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Testing.Backups;
using Migrator.Testing.Faults;
using Migrator.Testing.Repos;
using Xunit;

namespace Migrator.Core.Tests.Backups;

/// <summary>What a bad, broken or absent server does to a backup: nothing of it is stored as good, and what was stored stays.</summary>
public sealed class LyingSourceTests : IAsyncLifetime
{
    private const string GetRepo = "com.atproto.sync.getRepo";
    private const string GetBlob = "com.atproto.sync.getBlob";
    private const string Car = "application/vnd.ipld.car";

    private readonly BackupWorld _world = new();
    private StubAccount _account = null!;
    private SnapshotSummary _first = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _account = await StubAccount.StartAsync();
        for (var i = 0; i < 20; i++) _account.Builder.PutText($"app.bsky.feed.post/post{i:d3}", $"number {i}");
        _account.AddBlob("app.bsky.feed.post/image", [1, 2, 3, 4]);
        _account.Publish();
        _first = await _world.StoreAsync(_account.Did, Ct);
        _account.Builder.PutText("app.bsky.feed.post/later", "later");
        _account.Publish();
    }

    [Theory]
    [InlineData("foreign")]
    [InlineData("signature")]
    [InlineData("flipped")]
    public async Task A_repo_that_is_not_the_accounts_own_is_refused_and_nothing_is_stored(string lie)
    {
        _account.Server.On(GetRepo, Reply.Body(200, Car, Lie(lie)));
        var names = _world.Vault.Names;
        var outcome = await _world.RunAsync(_account.Did, Ct);
        Assert.Equal(BackupTrouble.SourceLies, Assert.IsType<BackupOutcome.NeedsPerson>(outcome).Cause);
        Assert.Equal(names, _world.Vault.Names);

        // An honest answer mends it.
        _account.Behave();
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.True((await _world.ProveAsync(_world.Vault, second.Name, Ct)).IsWhole);
        Assert.True((await _world.ProveAsync(_world.Vault, _first.Name, Ct)).IsWhole);
    }

    [Theory]
    [InlineData("header only")]
    [InlineData("flipped")]
    [InlineData("foreign")]
    [InlineData("refused")]
    public async Task A_delta_that_is_no_good_is_replaced_by_a_full_export(string how)
    {
        var good = _account.Repo.ToCar();
        _account.Server.On(GetRepo, Reply.By(context => context.Request.Query.ContainsKey("since")
            ? Delta(how)(context)
            : Reply.Body(200, Car, good).Answer(context)));
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal(CarKind.Full, Assert.Single(second.Chain).Kind);
        Assert.True((await _world.ProveAsync(_world.Vault, second.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task An_export_that_is_cut_off_is_waited_for()
    {
        var whole = _account.Repo.ToCar();
        _account.Server.On(GetRepo, Reply.Truncated(Car, whole[..(whole.Length / 2)], whole.Length));
        var outcome = await _world.RunAsync(_account.Did, Ct);
        Assert.Equal(WaitCause.SourceTrouble, Assert.IsType<BackupOutcome.Waiting>(outcome).Cause);
        _account.Behave();
        Assert.Equal(22, (await _world.StoreAsync(_account.Did, Ct)).Records);
    }

    [Fact]
    public async Task A_server_that_exports_another_commit_than_its_head_is_not_believed()
    {
        var old = _account.Repo;
        _account.Builder.PutText("app.bsky.feed.post/newest", "newest");
        _account.Publish();
        _account.Server.On(GetRepo, Reply.Body(200, Car, old.ToCar()));
        Assert.IsType<BackupOutcome.Waiting>(await _world.RunAsync(_account.Did, Ct));
        Assert.Equal(2, _world.Vault.Names.Count(name => name.Contains("/snapshots/", StringComparison.Ordinal)) + 1);
    }

    [Fact]
    public async Task Wrong_bytes_for_a_blob_are_named_and_never_stored()
    {
        var cid = _account.AddBlob("app.bsky.feed.post/second", [9, 9, 9]);
        _account.Blobs[cid.ToString()] = [6, 6, 6];
        _account.Publish();
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal((1, 1), (second.Blobs, second.AbsentBlobs));
        var opened = await SnapshotReader.OpenAsync(_world.Vault, second.Name, [_world.Identity], Ct);
        var entry = await opened.ListBlobsAsync(Ct).SingleAsync(blob => blob.Cid == cid, Ct);
        Assert.Equal((BlobAbsence.Damaged, "app.bsky.feed.post/second"), (entry.Absent!.Why, entry.Absent.Path));

        // Asked again after a day, and then it is there.
        _account.Blobs[cid.ToString()] = [9, 9, 9];
        Assert.IsType<BackupOutcome.Unchanged>(await _world.RunAsync(_account.Did, Ct));
        _world.Time.Advance(TimeSpan.FromHours(25));
        var third = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal((2, 0), (third.Blobs, third.AbsentBlobs));
    }

    [Fact]
    public async Task A_large_blob_is_stored_straight_and_a_wrong_one_leaves_nothing()
    {
        var good = new byte[3 << 20];
        Random.Shared.NextBytes(good);
        var cid = _account.AddBlob("app.bsky.feed.post/large", good);
        var lie = _account.AddBlob("app.bsky.feed.post/lie", [.. good, 1]);
        _account.Blobs[lie.ToString()] = [.. good, 2];
        _account.Publish();
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal((2, 1), (second.Blobs, second.AbsentBlobs));
        var proof = await _world.ProveAsync(_world.Vault, second.Name, Ct);
        Assert.Empty(proof.Faults);
        Assert.Equal(good.Length + 4, proof.BlobBytes);
        Assert.NotEqual(cid, lie);
    }

    [Fact]
    public async Task A_blob_that_the_server_lost_since_is_kept_from_earlier()
    {
        _account.Blobs.Clear();
        var second = await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal((1, 0), (second.Blobs, second.AbsentBlobs));
        Assert.True((await _world.ProveAsync(_world.Vault, second.Name, Ct)).IsWhole);
    }

    [Fact]
    public async Task A_server_that_asks_to_wait_is_waited_for_and_the_run_goes_on_where_it_was()
    {
        for (byte i = 0; i < 30; i++) _account.AddBlob($"app.bsky.feed.post/many{i}", [i, 7]);
        _account.Publish();
        var asked = 0;
        var until = _world.Time.GetUtcNow().AddSeconds(600);
        var limited = true;
        _account.Server.On(GetBlob, Reply.By(async context =>
        {
            if (limited && Interlocked.Increment(ref asked) > 10)
            {
                context.Response.Headers["RateLimit-Reset"] = "600";
                context.Response.StatusCode = 429;
                await context.Response.WriteAsJsonAsync(new { error = "RateLimitExceeded", message = "Rate Limit Exceeded" });
                return;
            }
            await context.Response.Body.WriteAsync(_account.Blobs[context.Request.Query["cid"].ToString()]);
        }));
        var waiting = Assert.IsType<BackupOutcome.Waiting>(await _world.RunAsync(_account.Did, Ct));
        Assert.Equal(WaitCause.AskedToWait, waiting.Cause);
        Assert.InRange(waiting.Until, until, until + TimeSpan.FromSeconds(2)); // a little later than asked, never sooner
        var stored = (await _world.Index.ListObjectsAsync(_first.AccountId, Ct)).Count(item => item.Content.Kind == ObjectKind.Blob)
            + (await _world.Index.ListPackedAsync(_first.AccountId, Ct)).Count;
        Assert.InRange(stored, 2, 30);

        limited = false;
        var before = _account.Server.CountOf(GetBlob);
        Assert.IsType<BackupOutcome.Waiting>(await _world.RunAsync(_account.Did, Ct)); // before its time nothing is asked at all
        Assert.Equal(before, _account.Server.CountOf(GetBlob));
        _world.Time.Advance(waiting.Until - _world.Time.GetUtcNow());
        await _world.StoreAsync(_account.Did, Ct);
        Assert.Equal(31 - stored, _account.Server.CountOf(GetBlob) - before);
    }

    [Theory]
    [InlineData("RepoDeactivated", "deactivated", AccountAbsence.Deactivated)]
    [InlineData("RepoTakendown", "takendown", AccountAbsence.TakenDown)]
    [InlineData("RepoSuspended", "suspended", AccountAbsence.Suspended)]
    [InlineData("RepoNotFound", null, AccountAbsence.NotOnItsHost)]
    public async Task An_account_that_is_not_shown_is_told_apart_and_its_snapshots_stay(string error, string? status, AccountAbsence kind)
    {
        _account.Close(error, status);
        var names = _world.Vault.Names;
        Assert.Equal(kind, Assert.IsType<BackupOutcome.AccountGone>(await _world.RunAsync(_account.Did, Ct)).Kind);
        Assert.Equal(names, _world.Vault.Names);
        _account.Behave();
        Assert.Equal(22, (await _world.StoreAsync(_account.Did, Ct)).Records);
    }

    [Fact]
    public async Task A_server_in_trouble_is_waited_for()
    {
        _account.Server.On("com.atproto.sync.getLatestCommit", Reply.Html(502));
        Assert.Equal(WaitCause.SourceTrouble, Assert.IsType<BackupOutcome.Waiting>(await _world.RunAsync(_account.Did, Ct)).Cause);
    }

    [Fact]
    public async Task A_changed_signing_key_is_looked_up_when_a_signature_does_not_fit()
    {
        var key = PrivateKey.Generate(KeyCurve.P256);
        var builder = new RepoBuilder(_account.Did, key) { Rev = Tid.Parse("3zzzzzzzzzz2g") };
        builder.PutText("app.bsky.feed.post/after", "after");
        _account.ChangeKey(key);
        _account.Publish(builder.Build(), builder.Rev.ToString());
        var second = await _world.StoreAsync(_account.Did, Ct);
        var proof = await _world.ProveAsync(_world.Vault, second.Name, Ct);
        Assert.Empty(proof.Faults);
        Assert.Equal(key.PublicKey.DidKey, proof.Manifest!.Repo.SignedBy);
    }

    [Fact]
    public async Task An_account_that_moved_is_followed()
    {
        await using var elsewhere = await HostilePds.StartAsync();
        var repo = _account.Repo;
        var rev = _account.Rev;
        elsewhere.On("com.atproto.sync.getLatestCommit", Reply.Json($$"""{"cid":"{{repo.Commit}}","rev":"{{rev}}"}"""));
        elsewhere.On(GetRepo, Reply.Body(200, Car, repo.ToCar()));
        _account.MoveTo(new Uri($"http://localhost:{elsewhere.Url.Port}"));
        _account.Close("RepoDeactivated", "deactivated");
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        var stored = Assert.IsType<BackupOutcome.Stored>(await _world.RunAsync(_account.Did, Ct));
        Assert.Contains(stored.Remarks, remark => remark.Kind == RemarkKind.MovedHost);
        Assert.Equal(elsewhere.Url.Port, stored.Vaults[0].Snapshot!.Pds.Port);
        Assert.DoesNotContain(elsewhere.Requests, request => request.Query.Contains("since=", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _world.DisposeAsync();
    }

    private byte[] Lie(string lie)
    {
        var honest = _account.Repo.ToCar();
        switch (lie)
        {
            case "foreign":
                return new RepoBuilder(Did.Parse("did:web:example.com"), _account.Key).PutText("app.bsky.feed.post/x", "x").Build().ToCar();
            case "signature":
                return new RepoBuilder(_account.Did, PrivateKey.Generate(KeyCurve.K256)).PutText("app.bsky.feed.post/x", "x").Build().ToCar();
            default:
                honest[^5] ^= 1;
                return honest;
        }
    }

    private Func<HttpContext, Task> Delta(string how) => how switch
    {
        "header only" => Reply.Body(200, Car, _account.Repo.ToCar()[..59]).Answer,
        "refused" => Reply.Error(400, "InvalidRequest", "no such rev").Answer,
        _ => Reply.Body(200, Car, Lie(how)).Answer,
    };
}
