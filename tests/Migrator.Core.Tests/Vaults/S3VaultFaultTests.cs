using Migrator.Core.Vaults;
using Migrator.Testing;
using Migrator.Testing.S3;
using Xunit;
using static Migrator.Core.Tests.Vaults.VaultCalls;

namespace Migrator.Core.Tests.Vaults;

/// <summary>A store that does what a good one does not.</summary>
public sealed class S3VaultFaultTests : IAsyncLifetime
{
    private const int Part = 8 << 20;
    private const int Large = Part + 100_000;

    private readonly VaultWorld _world = new();
    private S3Server _server = null!;
    private IVault _vault = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await S3Server.StartAsync();
        _vault = _world.Open(_server);
    }

    [Theory]
    [InlineData("PutObject", S3Misdeed.SlowDown, 1000)]
    [InlineData("PutObject", S3Misdeed.Fail, 1000)]
    [InlineData("PutObject", S3Misdeed.HangUp, 1000)]
    [InlineData("PutObject", S3Misdeed.LoseReply, 1000)]
    [InlineData("HeadObject", S3Misdeed.HangUp, 1000)]
    [InlineData("HeadObject", S3Misdeed.SlowDown, 1000)]
    [InlineData("GetObject", S3Misdeed.Fail, 1000)]
    [InlineData("GetObject", S3Misdeed.CutBody, 100_000)]
    [InlineData("CreateMultipartUpload", S3Misdeed.Fail, Large)]
    [InlineData("UploadPart", S3Misdeed.HangUp, Large)]
    [InlineData("UploadPart", S3Misdeed.LoseReply, Large)]
    [InlineData("CompleteMultipartUpload", S3Misdeed.Fail, Large)]
    [InlineData("CompleteMultipartUpload", S3Misdeed.LoseReply, Large)]
    [InlineData("CompleteMultipartUpload", S3Misdeed.ErrorInGoodAnswer, Large)]
    public async Task Passing_trouble_is_outlived(string operation, S3Misdeed misdeed, int length)
    {
        _server.Misbehave(operation, misdeed, times: 2);
        await _vault.PutAsync("x", Bytes(length));
        Assert.Equal(0, _server.MisdeedsLeft);
        Assert.Equal(Bytes(length), _server.Objects["x"]);
        Assert.Equal(Bytes(length), await _vault.ReadAsync("x"));
        Assert.Empty(_server.OpenUploads);
    }

    [Theory]
    [InlineData(S3Misdeed.SlowDown, VaultFault.Throttled)]
    [InlineData(S3Misdeed.Fail, VaultFault.Unreachable)]
    [InlineData(S3Misdeed.HangUp, VaultFault.Unreachable)]
    public async Task Trouble_that_stays_is_named_after_a_few_tries(S3Misdeed misdeed, VaultFault fault)
    {
        _server.Misbehave("PutObject", misdeed, times: 100);
        var thrown = await _vault.PutAsync("x", Bytes(10)).FailsAsync(fault);
        Assert.Equal(5, 100 - _server.MisdeedsLeft);
        Assert.Equal(fault == VaultFault.Throttled, thrown.RetryAt is not null);
        Assert.Empty(_server.Objects);
    }

    [Theory]
    [InlineData(S3Misdeed.Deny, VaultFault.Refused)]
    [InlineData(S3Misdeed.Full, VaultFault.Full)]
    [InlineData(S3Misdeed.Redirect, VaultFault.Refused)]
    public async Task A_no_is_not_asked_again(S3Misdeed misdeed, VaultFault fault)
    {
        _server.Misbehave("PutObject", misdeed);
        await _vault.PutAsync("x", Bytes(10)).FailsAsync(fault);
        Assert.Equal(1, _server.CountOf("PutObject"));
    }

    [Theory]
    [InlineData("UploadPart", S3Misdeed.Deny)]
    [InlineData("CompleteMultipartUpload", S3Misdeed.Deny)]
    public async Task A_large_object_that_fails_leaves_no_parts(string operation, S3Misdeed misdeed)
    {
        _server.Misbehave(operation, misdeed);
        await _vault.PutAsync("x", Bytes(Large)).FailsAsync(VaultFault.Refused);
        Assert.Equal(1, _server.CountOf("AbortMultipartUpload"));
        Assert.Empty(_server.OpenUploads);
        Assert.Empty(_server.Objects);
    }

    [Fact]
    public async Task A_large_object_whose_writer_fails_leaves_no_parts()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _vault.PutAsync("x", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(Large), cancel);
            throw new InvalidOperationException();
        }, Cancel));
        Assert.Empty(_server.OpenUploads);
    }

    [Theory]
    [InlineData(S3Misdeed.Corrupt, 1000)]
    [InlineData(S3Misdeed.Shorten, 1000)]
    [InlineData(S3Misdeed.Forget, 1000)]
    [InlineData(S3Misdeed.Corrupt, Large)]
    public async Task A_store_that_damages_what_it_takes_in_is_found_out(S3Misdeed misdeed, int length)
    {
        _server.Misbehave(length > Part ? "CompleteMultipartUpload" : "PutObject", misdeed);
        var fault = await _vault.PutAsync("x", Bytes(length)).FailsAsync(VaultFault.Corrupted);
        Assert.Contains("other bytes", fault.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Objects);
        Assert.Equal(0, _server.MisdeedsLeft);
    }

    [Fact]
    public async Task What_cannot_be_read_back_does_not_stay()
    {
        _server.Misbehave("GetObject", S3Misdeed.Fail, times: 100);
        await _vault.PutAsync("x", Bytes(10)).FailsAsync(VaultFault.Unreachable);
        Assert.Empty(_server.Objects);
    }

    [Fact]
    public async Task An_object_that_another_wrote_meanwhile_stays()
    {
        await _vault.PutAsync("x", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(100, seed: 1), cancel);
            await _world.Open(_server).PutAsync("x", Bytes(100, seed: 2));
        }, Cancel).FailsAsync(VaultFault.AlreadyThere);
        Assert.Equal(Bytes(100, seed: 2), _server.Objects["x"]);
    }

    [Fact]
    public async Task A_large_object_that_another_wrote_meanwhile_stays()
    {
        await _vault.PutAsync("x", async (stream, cancel) =>
        {
            await stream.WriteAsync(Bytes(Large, seed: 1), cancel);
            await _world.Open(_server).PutAsync("x", Bytes(100, seed: 2));
        }, Cancel).FailsAsync(VaultFault.AlreadyThere);
        Assert.Equal(Bytes(100, seed: 2), _server.Objects["x"]);
        Assert.Empty(_server.OpenUploads);
    }

    [Fact]
    public async Task A_read_that_is_cut_goes_on_where_it_was()
    {
        await _vault.PutAsync("x", Bytes(300_000));
        var before = _server.CountOf("GetObject");
        _server.Misbehave("GetObject", S3Misdeed.CutBody);
        Assert.Equal(Bytes(300_000), await _vault.ReadAsync("x"));
        var second = _server.Calls.Last(call => call.Operation == "GetObject");
        Assert.Equal(before + 2, _server.CountOf("GetObject"));
        Assert.StartsWith("bytes=", second.Headers["range"]);
        Assert.Contains("if-match", second.Headers.Keys);
    }

    [Fact]
    public async Task A_store_that_gives_all_where_a_part_was_asked_for_is_named_and_what_was_read_does_not_come_twice()
    {
        await using var server = await S3Server.StartAsync(new S3ServerOptions { IgnoresRange = true });
        await using var vault = _world.Open(server);
        await vault.PutAsync("x", Bytes(300_000));
        server.Misbehave("GetObject", S3Misdeed.CutBody);
        var fault = await vault.ReadAsync("x").FailsAsync(VaultFault.Refused);
        Assert.Contains("cannot give parts", fault.Message, StringComparison.Ordinal);

        await vault.OpenPartAsync("x", 1000, 10, Cancel).FailsAsync(VaultFault.Refused);
        await using var beginning = await vault.OpenPartAsync("x", 0, 10, Cancel); // where it begins nothing is wrong
        var ten = new byte[10];
        await beginning.ReadExactlyAsync(ten, Cancel);
        Assert.Equal(Bytes(300_000)[..10], ten);
    }

    [Fact]
    public async Task An_object_that_is_exchanged_while_it_is_read_is_not_patched_together()
    {
        await _vault.PutAsync("x", Bytes(300_000));
        _server.Misbehave("GetObject", S3Misdeed.CutBody);
        await using var stream = await _vault.OpenAsync("x", Cancel);
        await stream.ReadExactlyAsync(new byte[1000], Cancel);
        await _vault.DeleteAsync("x", Cancel);
        await _vault.PutAsync("x", Bytes(300_000, seed: 2));
        await stream.CopyToAsync(Stream.Null, Cancel).FailsAsync(VaultFault.Corrupted);
    }

    [Fact]
    public async Task A_list_that_never_ends_is_left()
    {
        _server.Misbehave("ListObjectsV2", S3Misdeed.EndlessList, times: 10);
        await _vault.NamesAsync().FailsAsync(VaultFault.Unreachable);
        Assert.Equal(2, _server.CountOf("ListObjectsV2"));
    }

    [Fact]
    public async Task A_missing_bucket_is_not_taken_for_missing_objects()
    {
        var elsewhere = _world.Open(new S3VaultSettings(_server.Url, "us-east-1", "no-such-bucket"),
            new VaultCredentials(_server.Options.AccessKeyId, _server.Options.SecretAccessKey));
        await elsewhere.FindAsync("x", Cancel).FailsAsync(VaultFault.Unreachable);
        await elsewhere.OpenAsync("x", Cancel).FailsAsync(VaultFault.Unreachable);
        await elsewhere.PutAsync("x", Bytes(1)).FailsAsync(VaultFault.Unreachable);
    }

    [Fact]
    public async Task A_wrong_secret_is_said_to_be_wrong()
    {
        var vault = _world.Open(_server, credentials: new VaultCredentials(_server.Options.AccessKeyId, "wrong"));
        var trial = await vault.TryOutAsync(Cancel);
        Assert.Equal(VaultFault.Refused, trial.Problem?.Fault);
        Assert.Single(trial.Steps);
        await vault.OpenAsync("x", Cancel).FailsAsync(VaultFault.Refused);
    }

    [Fact]
    public async Task A_clock_that_is_off_is_said_to_be_off()
    {
        _server.Misbehave("PutObject", S3Misdeed.Skewed, times: 10);
        var fault = await _vault.PutAsync("x", Bytes(10)).FailsAsync(VaultFault.Refused);
        Assert.EndsWith("says that the clock of this machine is wrong. Set it right.", fault.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _vault.DisposeAsync();
        await _server.DisposeAsync();
        _world.Dispose();
    }
}
