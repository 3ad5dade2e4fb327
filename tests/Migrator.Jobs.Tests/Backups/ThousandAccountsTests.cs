using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Tests.Engine;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Jobs.Tests.Backups;

/// <summary>
/// Many accounts of one server on one schedule, each run making its one small request. Sixty by default, a thousand with
/// MIGRATOR_TEST_FULL=1; what it measured is in the test's output.
/// </summary>
public sealed class ThousandAccountsTests(PostgresFixture postgres)
{
    private const int PerServer = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly bool Full = Environment.GetEnvironmentVariable("MIGRATOR_TEST_FULL") == "1";

    private readonly ConcurrentDictionary<string, int> _running = new();
    private int _atOnce;
    private int _mostAtOnce;
    private int _doubles;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(TestDatabase.Both), MemberType = typeof(TestDatabase))]
    public async Task No_account_runs_twice_at_once_and_the_servers_limit_is_kept(DatabaseProvider provider)
    {
        var accounts = Full ? 1000 : 60;
        await using var test = await TestDatabase.CreateAsync(provider, postgres);
        await using var server = await HostilePds.StartAsync();
        server.On("com.atproto.sync.getLatestCommit", Reply.Json(
            """{"cid":"bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454","rev":"3lbazzz2k222s"}"""));
        await using var engine = await StartAsync(test, server.Url);
        await TestPlan.AddAsync(engine, accounts, pds: server.Url);

        var (firstRound, memoryAfterFirst) = await RoundAsync(test, accounts, 1);
        await TestPlan.MakeDueAsync(test);
        var (secondRound, memoryAfterSecond) = await RoundAsync(test, accounts, 2);

        Assert.Equal(0, _doubles);
        Assert.InRange(_mostAtOnce, 1, PerServer);
        Assert.Equal(2 * accounts, server.CountOf("com.atproto.sync.getLatestCommit"));
        Assert.Equal(2 * accounts, await test.SingleAsync<long>("SELECT count(*) FROM backup_run WHERE outcome = 'Unchanged'"));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{provider}: {accounts} accounts, {PerServer} at once: {firstRound.TotalSeconds:0.0} s and {secondRound.TotalSeconds:0.0} s, "
            + $"live heap {memoryAfterFirst / 1e6:0.0} MB and {memoryAfterSecond / 1e6:0.0} MB"));
    }

    [Fact]
    public async Task Two_workers_share_a_servers_limit_and_its_wish_for_patience()
    {
        var accounts = Full ? 1000 : 40;
        await using var test = await TestDatabase.CreateAsync(DatabaseProvider.Postgres, postgres);
        await using var server = await HostilePds.StartAsync();
        var refusedAt = 0L;
        var tooEarly = 0;
        var served = 0;
        const string commit = """{"cid":"bafyreie5cvv4h45feadgeuwhbcutmh6t2ceseocckahdoe6uat64zmz454","rev":"3lbazzz2k222s"}""";
        server.On("com.atproto.sync.getLatestCommit", Reply.By(async context =>
        {
            var since = TimeProvider.System.GetElapsedTime(Volatile.Read(ref refusedAt));
            // The tenth call is told to wait for three seconds. What is under way in the second it takes to tell the others may still come.
            if (Interlocked.Increment(ref served) == 10)
            {
                Volatile.Write(ref refusedAt, TimeProvider.System.GetTimestamp());
                context.Response.StatusCode = 429;
                context.Response.Headers["Retry-After"] = "3";
                return;
            }

            if (refusedAt != 0 && since > TimeSpan.FromSeconds(1.5) && since < TimeSpan.FromSeconds(2.9))
                Interlocked.Increment(ref tooEarly);
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(commit), context.RequestAborted);
        }));
        await using var first = await StartAsync(test, server.Url, ("Migrator:Role", "worker"));
        await using var second = await StartAsync(test, server.Url, ("Migrator:Role", "worker"));
        await TestPlan.AddAsync(first, accounts, pds: server.Url);

        await TestPlan.UntilAsync(test, "SELECT count(*) FROM backup_account WHERE state = 'Good'", accounts, Patience);

        Assert.Equal((0, 0), (_doubles, tooEarly));
        Assert.InRange(_mostAtOnce, 1, PerServer);
        // The one that was told, and those that were on their way in that moment.
        Assert.InRange(await test.SingleAsync<long>("SELECT count(*) FROM backup_run WHERE outcome = 'Waiting'"), 1, 2 * PerServer);
    }

    private static async Task<(TimeSpan Took, long Live)> RoundAsync(TestDatabase test, int accounts, int round)
    {
        var begun = Stopwatch.GetTimestamp();
        while (await test.SingleAsync<long>("SELECT count(*) FROM backup_run WHERE ended_at IS NOT NULL") < (long)accounts * round)
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < Patience, "The round does not end.");
            await Task.Delay(100, Ct);
        }

        return (Stopwatch.GetElapsedTime(begun), GC.GetTotalMemory(forceFullCollection: true));
    }

    private async Task<TestEngine> StartAsync(TestDatabase test, Uri server, params (string Key, string Value)[] settings)
    {
        var engine = await TestEngine.StartAsync(test.Options,
            [("Migrator:Network:AllowPrivate:0", "127.0.0.1:*"), ("Migrator:Engine:PerServer", $"{PerServer}"), .. settings]);
        var servers = engine.Services.GetRequiredService<PdsClientFactory>();
        engine.Backups.Behave = async (order, ct) =>
        {
            if (_running.AddOrUpdate(order.Did.ToString(), 1, (_, count) => count + 1) > 1)
                Interlocked.Increment(ref _doubles);
            InterlockedMax(ref _mostAtOnce, Interlocked.Increment(ref _atOnce));
            try
            {
                var head = await servers.Anonymous(server).GetLatestCommitAsync(order.Did, ct);
                if (head.IsOk)
                    return new BackupOutcome.Unchanged([]);
                return head.Error.Failure == XrpcFailure.Throttled
                    ? new BackupOutcome.Waiting(WaitCause.AskedToWait, "It asks to wait.", head.Error.RetryAt!.Value)
                    : throw new InvalidOperationException(head.Error.ToString());
            }
            finally
            {
                Interlocked.Decrement(ref _atOnce);
                _running.AddOrUpdate(order.Did.ToString(), 0, (_, count) => count - 1);
            }
        };
        return engine;
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
