using System.Text.Json;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Network;

/// <summary>The directory of the test network, and what tests may do to it.</summary>
public sealed class PlcProcessTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_accepted_operation_becomes_the_newest()
    {
        var (network, account, operation) = await SignedOperationAsync();
        Assert.Equal((true, "OK"), await network.Plc.SubmitAsync(account.Did, operation, Cancel));
        var data = await network.Plc.GetDataAsync(account.Did, Cancel);
        Assert.Equal("at://renamed.example.com", data.GetProperty("alsoKnownAs")[1].GetString());
        Assert.Equal(2, await network.Plc.CountAttemptsAsync(account.Did, Cancel)); // the first made the account
    }

    [Fact]
    public async Task An_accepted_operation_is_refused_the_second_time()
    {
        var (network, account, operation) = await SignedOperationAsync();
        await network.Plc.SubmitAsync(account.Did, operation, Cancel);
        var (accepted, message) = await network.Plc.SubmitAsync(account.Did, operation, Cancel);
        Assert.False(accepted);
        Assert.Contains("Invalid signature", message);
    }

    [Fact]
    public async Task A_lost_reply_has_had_its_effect()
    {
        var (network, account, operation) = await SignedOperationAsync();
        await network.Plc.FailWritesAsync(account.Did, PlcFault.LostReply, Cancel);
        await Assert.ThrowsAsync<HttpRequestException>(() => network.Plc.SubmitAsync(account.Did, operation, Cancel));
        Assert.Equal(2, (await network.Plc.GetAuditLogAsync(account.Did, Cancel)).GetArrayLength());
    }

    [Fact]
    public async Task A_dropped_request_has_had_none()
    {
        var (network, account, operation) = await SignedOperationAsync();
        await network.Plc.FailWritesAsync(account.Did, PlcFault.DroppedRequest, Cancel);
        await Assert.ThrowsAsync<HttpRequestException>(() => network.Plc.SubmitAsync(account.Did, operation, Cancel));
        Assert.Equal(1, (await network.Plc.GetAuditLogAsync(account.Did, Cancel)).GetArrayLength());
    }

    [Fact]
    public async Task Trouble_ends_after_as_many_requests_as_asked()
    {
        var (network, account, operation) = await SignedOperationAsync();
        await network.Plc.FailWritesAsync(account.Did, PlcFault.Refusal(502, "Bad gateway"), Cancel, times: 2);
        Assert.False((await network.Plc.SubmitAsync(account.Did, operation, Cancel)).Accepted);
        Assert.Contains("Bad gateway", (await network.Plc.SubmitAsync(account.Did, operation, Cancel)).Message);
        Assert.True((await network.Plc.SubmitAsync(account.Did, operation, Cancel)).Accepted);
    }

    [Fact]
    public async Task A_rate_limit_is_told_by_its_message_only()
    {
        var (network, account, operation) = await SignedOperationAsync();
        await network.Plc.FailWritesAsync(account.Did, PlcFault.RateLimit, Cancel);
        Assert.Contains("within last hour", (await network.Plc.SubmitAsync(account.Did, operation, Cancel)).Message);
    }

    [Fact]
    public async Task Operations_can_be_made_older()
    {
        var (network, account, _) = await SignedOperationAsync();
        var before = await CreatedAtAsync(network, account.Did);
        await network.Plc.AgeAsync(account.Did, 73, Cancel);
        Assert.Equal(before - TimeSpan.FromHours(73), await CreatedAtAsync(network, account.Did));
    }

    [Fact]
    public async Task An_operation_put_in_unchecked_is_shown_as_a_lying_directory_would()
    {
        var (network, account, operation) = await SignedOperationAsync();
        var forged = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(operation)!;
        forged["sig"] = JsonSerializer.SerializeToElement(new string('A', 86));
        var genesis = (await network.Plc.GetAuditLogAsync(account.Did, Cancel))[0].GetProperty("cid").GetString()!;
        var cid = await network.Plc.AppendAsync(account.Did, JsonSerializer.SerializeToElement(forged), Cancel, 1, genesis);
        var log = await network.Plc.GetAuditLogAsync(account.Did, Cancel);
        Assert.Equal(cid, log[1].GetProperty("cid").GetString());
        Assert.True(log[0].GetProperty("nullified").GetBoolean());
    }

    [Fact]
    public async Task Documents_show_keys_as_the_production_directory_does()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await SmallAccountAsync(network);
        var key = (await network.Plc.GetDocumentAsync(account.Did, Cancel)).GetProperty("verificationMethod")[0];
        Assert.Equal("Multikey", key.GetProperty("type").GetString());
        Assert.Equal($"{account.Did}#atproto", key.GetProperty("id").GetString());
    }

    private async Task<(RealNetwork Network, FilledAccount Account, JsonElement Operation)> SignedOperationAsync()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await SmallAccountAsync(network);
        var owner = await account.SignInAsync(Cancel);
        await owner.PostAsync("com.atproto.identity.requestPlcOperationSignature", null, Cancel);
        var token = await network.ReadCodeAsync(network.A, account.Did, Cancel);
        var alsoKnownAs = new[] { $"at://{account.Handle}", "at://renamed.example.com" };
        var signed = await owner.PostAsync("com.atproto.identity.signPlcOperation", new { token, alsoKnownAs }, Cancel);
        return (network, account, signed.GetProperty("operation"));
    }

    private static Task<FilledAccount> SmallAccountAsync(RealNetwork network) =>
        network.CreateAccountAsync(network.A, Cancel, fill: new() { Posts = 1, Images = 0, Recipes = 0, Orphans = 0 });

    private static async Task<DateTimeOffset> CreatedAtAsync(RealNetwork network, string did) =>
        (await network.Plc.GetAuditLogAsync(did, Cancel))[0].GetProperty("createdAt").GetDateTimeOffset();
}
