using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Net;
using Migrator.Core.Vaults;
using Migrator.Testing;
using Migrator.Testing.S3;
using Xunit;
using static Migrator.Core.Tests.Vaults.VaultCalls;

namespace Migrator.Core.Tests.Vaults;

/// <summary>How a store is called: signatures, pauses, addresses, what it offers.</summary>
public sealed class S3VaultTests
{
    private const int Part = 8 << 20;

    [Fact]
    public async Task Bytes_go_out_plain_with_a_hash_and_the_wish_not_to_overwrite()
    {
        await using var server = await S3Server.StartAsync();
        using var world = new VaultWorld();
        await world.Open(server).PutAsync("x", Bytes(100_000));
        var put = server.Calls.Single(call => call.Operation == "PutObject");
        Assert.Equal("*", put.Headers["if-none-match"]);
        Assert.Equal("100000", put.Headers["content-length"]);
        Assert.Contains("content-md5", put.Headers.Keys);
        Assert.DoesNotContain("STREAMING", put.Headers["x-amz-content-sha256"], StringComparison.Ordinal);
        Assert.DoesNotContain("transfer-encoding", put.Headers.Keys);
        Assert.Equal(Bytes(100_000), put.Body);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(Part + 1)]
    public async Task A_store_that_refuses_unknown_conditions_is_asked_without(int length)
    {
        await using var server = await S3Server.StartAsync(new S3ServerOptions { KnowsIfNoneMatch = null });
        using var world = new VaultWorld();
        var vault = world.Open(server);
        await vault.PutAsync("x", Bytes(length));
        await vault.PutAsync("x", Bytes(length)).FailsAsync(VaultFault.AlreadyThere);
        Assert.Equal(Bytes(length), server.Objects["x"]);
    }

    [Fact]
    public async Task Trying_out_tells_what_the_store_offers()
    {
        await using var server = await S3Server.StartAsync(new S3ServerOptions { Versioning = true });
        using var world = new VaultWorld();
        var trial = await world.Open(server).TryOutAsync(Cancel);
        Assert.True(trial.Works, trial.Problem?.Message);
        Assert.Equal((true, ObjectLock.None), (trial.RefusesOverwrite, trial.ObjectLock));
        Assert.Contains(trial.Remarks, remark => remark.Contains("old versions", StringComparison.Ordinal));
        Assert.Empty(server.Objects);
        Assert.Empty(server.OpenUploads);
    }

    [Fact]
    public async Task Object_lock_is_found_and_said()
    {
        await using var server = await S3Server.StartAsync(new S3ServerOptions { LockDays = 30, Versioning = true });
        using var world = new VaultWorld();
        var trial = await world.Open(server).TryOutAsync(Cancel);
        Assert.True(trial.Works, trial.Problem?.Message);
        Assert.Equal(new ObjectLock(true, "COMPLIANCE", TimeSpan.FromDays(30)), trial.ObjectLock);
        Assert.Contains(trial.Remarks, remark => remark.Contains("30 days", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Credentials_that_may_only_add_are_good_enough_and_said()
    {
        await using var server = await S3Server.StartAsync(new S3ServerOptions { DeniesDelete = true });
        using var world = new VaultWorld();
        var vault = world.Open(server);
        var trial = await vault.TryOutAsync(Cancel);
        Assert.True(trial.Works, trial.Problem?.Message);
        Assert.Contains(trial.Remarks, remark => remark.Contains("does not let Migrator delete", StringComparison.Ordinal));
        await vault.PutAsync("x", Bytes(10));
        await vault.DeleteAsync("x", Cancel).FailsAsync(VaultFault.Refused);
        Assert.Equal(Bytes(10), await vault.ReadAsync("x"));
    }

    [Fact]
    public async Task A_store_that_asks_for_a_long_pause_is_not_called_before_its_end()
    {
        await using var server = await S3Server.StartAsync();
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        using var world = new VaultWorld(time: time);
        var vault = world.Open(server);
        server.Misbehave("HeadObject", S3Misdeed.SlowDown, retryAfter: 600);
        var fault = await vault.FindAsync("x", Cancel).FailsAsync(VaultFault.Throttled);
        Assert.Equal(time.GetUtcNow().AddMinutes(10), fault.RetryAt);
        var calls = server.Calls.Count;
        fault = await world.Open(server).NamesAsync().FailsAsync(VaultFault.Throttled); // another vault at the same host
        Assert.Equal(time.GetUtcNow().AddMinutes(10), fault.RetryAt);
        Assert.Equal(calls, server.Calls.Count);
        time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(await vault.FindAsync("x", Cancel));
    }

    [Fact]
    public async Task A_short_pause_is_waited_for()
    {
        await using var server = await S3Server.StartAsync();
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        var logs = new CollectedLogs();
        using var world = new VaultWorld(time: time, logs: logs);
        server.Misbehave("ListObjectsV2", S3Misdeed.SlowDown, retryAfter: 5);
        var listing = world.Open(server).NamesAsync();
        while (!logs.Lines.Any(line => line.Contains("stumbled", StringComparison.Ordinal)) || time.ArmedTimers == 0) await Task.Yield();
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1, server.CountOf("ListObjectsV2"));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(await listing);
        Assert.Equal(2, server.CountOf("ListObjectsV2"));
    }

    [Fact]
    public async Task A_store_that_never_answers_is_given_up()
    {
        await using var server = await S3Server.StartAsync();
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        using var world = new VaultWorld(time: time);
        server.Misbehave("HeadObject", S3Misdeed.Stall, times: 5);
        var asked = server.NextCallOf("HeadObject");
        var finding = world.Open(server).FindAsync("x", Cancel);
        for (var i = 0; i < 5; i++)
        {
            await asked;
            asked = server.NextCallOf("HeadObject");
            time.Advance(TimeSpan.FromMinutes(1));
        }
        var fault = await finding.FailsAsync(VaultFault.Unreachable);
        Assert.Contains("did not answer in time", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_unfinished_uploads_of_killed_processes_are_ended_and_young_ones_are_not()
    {
        var time = new ManualTime(TimeProvider.System.GetUtcNow());
        await using var server = await S3Server.StartAsync(new S3ServerOptions { Time = time });
        using var killed = new VaultWorld();
        foreach (var name in (string[])["p/old", "q/other", "p/young"])
        {
            if (name == "p/young") time.Advance(TimeSpan.FromHours(25));
            server.Misbehave("AbortMultipartUpload", S3Misdeed.Deny);
            await Assert.ThrowsAsync<InvalidOperationException>(() => killed.Open(server).PutAsync(name, async (stream, cancel) =>
            {
                await stream.WriteAsync(Bytes(Part + 1), cancel);
                throw new InvalidOperationException();
            }, Cancel));
        }
        Assert.Equal(3, server.OpenUploads.Count);
        using var world = new VaultWorld(time: time);
        await world.Open(server, "p/").PutAsync("x", Bytes(1));
        Assert.Equal(["p/young", "q/other"], server.OpenUploads.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_store_on_a_private_network_is_called_only_when_the_operator_lists_it()
    {
        await using var server = await S3Server.StartAsync();
        using var world = new VaultWorld(options => options.AllowPrivate.Clear());
        var trial = await world.Open(server).TryOutAsync(Cancel);
        Assert.Equal(VaultFault.Refused, trial.Problem?.Fault);
        var named = new S3VaultSettings(new Uri($"https://localhost:{server.Url.Port}"), "us-east-1", "vault");
        trial = await world.Open(named, new VaultCredentials("a", "b")).TryOutAsync(Cancel);
        Assert.Equal(VaultFault.Refused, trial.Problem?.Fault);
        Assert.Empty(server.Calls);
    }

    [Fact]
    public async Task Credentials_are_in_no_message_and_no_log_whatever_the_store_says()
    {
        await using var server = await S3Server.StartAsync();
        var logs = new CollectedLogs();
        using var world = new VaultWorld(logs: logs);
        var credentials = new VaultCredentials(server.Options.AccessKeyId, "another-secret-that-must-not-leak", "a-token-that-must-not-leak");
        var vault = world.Open(server, credentials: credentials);
        var messages = new List<string> { credentials.ToString(), vault.Name, vault.ToString()! };
        foreach (var misdeed in Enum.GetValues<S3Misdeed>().Except([S3Misdeed.Stall]))
        {
            server.Misbehave("PutObject", misdeed, times: 5);
            server.Misbehave("HeadObject", misdeed);
        }
        for (var i = 0; i < 30; i++)
        {
            messages.Add((await Assert.ThrowsAsync<VaultException>(() => vault.PutAsync("x", Bytes(10)))).ToString());
            messages.Add(string.Join(' ', (await vault.TryOutAsync(Cancel)).Steps));
        }
        messages.AddRange(logs.Lines);
        Assert.NotEmpty(logs.Lines);
        foreach (var secret in (string[])[credentials.SecretAccessKey, credentials.SessionToken!, credentials.AccessKeyId])
            Assert.DoesNotContain(messages, message => message.Contains(secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://s3.example.com/path", "us-east-1", "vault", "")]
    [InlineData("ftp://s3.example.com", "us-east-1", "vault", "")]
    [InlineData("https://key:secret@s3.example.com", "us-east-1", "vault", "")]
    [InlineData("https://s3.example.com", "", "vault", "")]
    [InlineData("https://s3.example.com", "us east", "vault", "")]
    [InlineData("https://s3.example.com", "us-east-1", "UPPER", "")]
    [InlineData("https://s3.example.com", "us-east-1", "a/b", "")]
    [InlineData("https://s3.example.com", "us-east-1", "vault", "no-slash")]
    [InlineData("https://s3.example.com", "us-east-1", "vault", "../")]
    public void Settings_that_cannot_be_right_are_named(string endpoint, string region, string bucket, string prefix)
    {
        var settings = new S3VaultSettings(new Uri(endpoint), region, bucket, prefix);
        Assert.Single(settings.FindProblems());
        using var world = new VaultWorld();
        Assert.Throws<ArgumentException>(() => world.Open(settings, new VaultCredentials("a", "b")));
    }

    private sealed class CollectedLogs : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
