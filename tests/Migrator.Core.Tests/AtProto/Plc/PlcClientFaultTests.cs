using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Testing;
using Migrator.Testing.Faults;
using Xunit;
using static Migrator.Core.Tests.AtProto.Plc.TestKeys;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>Answers that the reference directory never gives.</summary>
public sealed class PlcClientFaultTests
{
    private static readonly PlcLogBuilder Log = new PlcLogBuilder().Add(PlcLogBuilder.Body(User), User).Add(PlcLogBuilder.Body(User), User);

    [Theory]
    [InlineData(409, """{"message":"Proposed prev does not match the most recent operation: bafy"}""", PlcErrorNames.Conflict)]
    [InlineData(400, """{"message":"Operations not correctly ordered"}""", PlcErrorNames.Conflict)]
    [InlineData(400, """{"message":"Invalid signature on op: {}"}""", PlcErrorNames.InvalidSignature)]
    [InlineData(400, """{"message":"occured outside of the allowed 72 hr recovery window"}""", PlcErrorNames.RecoveryTooLate)]
    [InlineData(410, """{"message":"DID not available"}""", PlcErrorNames.DidNotFound)]
    [InlineData(400, """{"message":"Improperly formatted operation, too many rotation keys"}""", null)]
    [InlineData(400, "<html>", null)]
    public async Task Every_refusal_has_its_name(int status, string body, string? name)
    {
        await using var server = await HostilePds.StartAsync();
        server.On("/" + Log.Did, Reply.Json(body, status));
        using var network = new PlcNetwork(server.Url);
        var error = (await network.Client.SubmitAsync(Log.Did, Log.Last, TestContext.Current.CancellationToken)).Error;
        Assert.Equal((XrpcFailure.Refused, name), (error.Failure, error.Name));
        Assert.Equal(1, server.CountOf("/" + Log.Did));
    }

    [Theory]
    [InlineData("hour", 1)]
    [InlineData("day", 24)]
    [InlineData("week", 168)]
    public async Task A_rate_limit_without_a_log_to_look_at_lasts_its_whole_window(string window, int hours)
    {
        await using var server = await HostilePds.StartAsync();
        server.On("/" + Log.Did, Reply.Json($$"""{"message":"To many operations within last {{window}}"}""", 400));
        server.On($"/{Log.Did}/log/audit", Reply.Empty(500));
        var time = new ManualTime();
        using var network = new PlcNetwork(server.Url, time);
        var error = (await network.Client.SubmitAsync(Log.Did, Log.Last, TestContext.Current.CancellationToken)).Error;
        Assert.Equal(XrpcFailure.Throttled, error.Failure);
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromHours(hours), error.RetryAt);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[")]
    [InlineData("[]")]
    [InlineData("""{"message":"fine"}""")]
    [InlineData("""[{"did":"\ud800"}]""")]
    [InlineData("""[{"did":"did:plc:aaaaaaaaaaaaaaaaaaaaaaaa","did":"x"}]""")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]")]
    public async Task An_answer_that_is_no_log_is_unreadable(string body)
    {
        var error = await ReadAsync(Reply.Json(body));
        Assert.Equal((XrpcFailure.Unreadable, PlcErrorNames.BadLog), (error.Failure, error.Name));
    }

    [Fact]
    public async Task A_log_that_never_ends_is_cut_off() =>
        Assert.Equal(XrpcFailure.Unreadable, (await ReadAsync(Reply.Endless("application/json", "["u8.ToArray()))).Failure);

    [Fact]
    public async Task A_changed_log_is_unreadable_and_the_message_says_where()
    {
        var lie = new PlcLogBuilder().Add(Log.Operations[0]).Add(Log.Operations[1])
            .Change(1, entry => entry["operation"]!["alsoKnownAs"]![0] = "at://mallory.test");
        var error = await ReadAsync(Reply.Json(lie.ToJson().GetRawText()));
        Assert.Equal((XrpcFailure.Unreadable, PlcErrorNames.BadLog), (error.Failure, error.Name));
        Assert.Contains("Entry 1", error.Message);
        Assert.DoesNotContain("mallory", error.Message);
    }

    private static async Task<XrpcError> ReadAsync(Reply reply)
    {
        await using var server = await HostilePds.StartAsync();
        server.On($"/{Log.Did}/log/audit", reply);
        using var network = new PlcNetwork(server.Url);
        return (await network.Client.GetHistoryAsync(Log.Did, TestContext.Current.CancellationToken)).Error;
    }
}
