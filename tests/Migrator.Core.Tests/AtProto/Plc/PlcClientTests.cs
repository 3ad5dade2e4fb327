using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Xunit;
using static Migrator.Core.Tests.AtProto.Plc.TestKeys;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>Against the reference directory.</summary>
public sealed class PlcClientTests(RealPlc plc) : IClassFixture<RealPlc>, IDisposable
{
    private static int _serial;
    private readonly PlcNetwork _network = new(new Uri(plc.Directory.Url));
    private static readonly PlcOperationBody Body = PlcLogBuilder.Body(User, OldServer);

    private PlcClient Client => _network.Client;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_life_from_beginning_to_end_is_accepted_and_replayed()
    {
        var first = New();
        var did = first.DeriveDid();
        await AcceptAsync(did, first);
        var second = new PlcOperation(Body with { AlsoKnownAs = ["at://alice.new.test"] }, first.Cid).Sign(OldServer);
        await AcceptAsync(did, second);

        var history = (await Client.GetHistoryAsync(did, Cancel)).Value;
        Assert.Equal(second.Cid, history.Head.Cid);
        Assert.Equal(first.Cid, history.Entries[0].Cid);
        Assert.Equal(Handle.Parse("alice.new.test"), history.Current.Handle);
        Assert.Equal(OldServer.PublicKey, history.Head.SignedBy);

        await AcceptAsync(did, new PlcTombstone(second.Cid).Sign(User));
        Assert.True((await Client.GetHistoryAsync(did, Cancel)).Value.Tombstoned);
    }

    [Fact]
    public async Task A_planned_move_and_its_way_back_are_accepted()
    {
        var first = New();
        var did = first.DeriveDid();
        await AcceptAsync(did, first);
        var history = (await Client.GetHistoryAsync(did, Cancel)).Value;
        var change = PlcChangePlanner.PlanMove(
            history,
            new RecommendedCredentials(first.Body!.AlsoKnownAs, Body.VerificationMethods, [OldServer.PublicKey.DidKey], Body.Services),
            new RecommendedCredentials(
                ["at://alice.new.test"], new Dictionary<string, string> { ["atproto"] = NewSigning.PublicKey.DidKey },
                [NewServer.PublicKey.DidKey],
                new Dictionary<string, ServiceEntry> { ["atproto_pds"] = new("AtprotoPersonalDataServer", "https://new.test") }),
            User.PublicKey, Handle.Parse("alice.new.test"));
        Assert.Empty(change.Problems);
        await AcceptAsync(did, change.Operation.Sign(OldServer));

        var moved = (await Client.GetHistoryAsync(did, Cancel)).Value;
        Assert.Equal("https://new.test", moved.Current.PdsEndpoint);
        var back = PlcChangePlanner.PlanWayBack(moved, first.Body, User.PublicKey);
        await AcceptAsync(did, back.Operation.Sign(User));
        Assert.Equal("https://old.test", (await Client.GetHistoryAsync(did, Cancel)).Value.Current.PdsEndpoint);
    }

    [Fact]
    public async Task A_rescue_is_accepted_within_72_hours_and_called_too_late_after()
    {
        var first = New();
        var did = first.DeriveDid();
        await AcceptAsync(did, first);
        await AcceptAsync(did, new PlcOperation(PlcLogBuilder.Body(OldServer), first.Cid).Sign(OldServer));
        await plc.Directory.AgeAsync(did.ToString(), 71, Cancel);
        await AcceptAsync(did, new PlcOperation(Body, first.Cid).Sign(User));
        Assert.Equal([false, true, false], (await Client.GetHistoryAsync(did, Cancel)).Value.Entries.Select(e => e.Nullified));

        var other = New();
        await AcceptAsync(other.DeriveDid(), other);
        await AcceptAsync(other.DeriveDid(), new PlcOperation(PlcLogBuilder.Body(OldServer), other.Cid).Sign(OldServer));
        await plc.Directory.AgeAsync(other.DeriveDid().ToString(), 73, Cancel);
        await RefuseAsync(PlcErrorNames.RecoveryTooLate, other.DeriveDid(), new PlcOperation(Body, other.Cid).Sign(User));
    }

    [Fact]
    public async Task An_operation_on_top_of_one_that_is_not_there_is_a_conflict()
    {
        var first = New();
        await AcceptAsync(first.DeriveDid(), first);
        await RefuseAsync(PlcErrorNames.Conflict, first.DeriveDid(), new PlcOperation(Body, Cid.ForDagCbor([0xa0])).Sign(User));
    }

    [Fact]
    public async Task The_same_operation_sent_again_is_refused_by_its_signature_and_the_head_tells_that_it_is_there()
    {
        var first = New();
        var did = first.DeriveDid();
        await AcceptAsync(did, first);
        var second = new PlcOperation(PlcLogBuilder.Body(User, Other), first.Cid).Sign(User);
        await AcceptAsync(did, second);
        await RefuseAsync(PlcErrorNames.InvalidSignature, did, second);
        Assert.Equal(second.Cid, (await Client.GetHistoryAsync(did, Cancel)).Value.Head.Cid);
    }

    [Fact]
    public async Task A_lost_reply_is_a_failure_that_the_head_contradicts()
    {
        var first = New();
        var did = first.DeriveDid();
        await plc.Directory.FailWritesAsync(did.ToString(), Testing.Network.PlcFault.LostReply, Cancel);
        var result = await Client.SubmitAsync(did, first, Cancel);
        Assert.Equal(XrpcFailure.Unreachable, result.Error.Failure);
        Assert.Equal(first.Cid, (await Client.GetHistoryAsync(did, Cancel)).Value.Head.Cid);
        Assert.Equal(1, await plc.Directory.CountAttemptsAsync(did.ToString(), Cancel));
    }

    [Fact]
    public async Task A_foreign_signature_is_refused_by_name()
    {
        var first = New();
        var did = first.DeriveDid();
        await AcceptAsync(did, first);
        await RefuseAsync(PlcErrorNames.InvalidSignature, did, new PlcOperation(Body, first.Cid).Sign(Other));
    }

    [Fact]
    public async Task After_ten_operations_in_an_hour_the_directory_says_when_there_is_room()
    {
        var operation = New();
        var did = operation.DeriveDid();
        await AcceptAsync(did, operation);
        for (var i = 1; i < 10; i++)
        {
            operation = new PlcOperation(Body, operation.Cid).Sign(User);
            await AcceptAsync(did, operation);
        }
        await plc.Directory.AgeAsync(did.ToString(), 0.5, Cancel);

        var error = (await Client.SubmitAsync(did, new PlcOperation(Body, operation.Cid).Sign(User), Cancel)).Error;
        Assert.Equal(XrpcFailure.Throttled, error.Failure);
        var oldest = (await Client.GetHistoryAsync(did, Cancel)).Value.Entries[0].CreatedAt;
        Assert.Equal(oldest + TimeSpan.FromHours(1), error.RetryAt);
    }

    [Fact]
    public async Task A_DID_that_was_never_registered_is_not_found()
    {
        var result = await Client.GetHistoryAsync(Did.Parse("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"), Cancel);
        Assert.Equal((XrpcFailure.Refused, PlcErrorNames.DidNotFound), (result.Error.Failure, result.Error.Name));
    }

    [Fact]
    public async Task A_directory_that_slips_an_operation_in_is_caught()
    {
        var first = New();
        var did = first.DeriveDid();
        await AcceptAsync(did, first);
        var forged = new PlcOperation(PlcLogBuilder.Body(Other), first.Cid).Sign(Other);
        await plc.Directory.AppendAsync(did.ToString(), forged.ToJson(), Cancel);
        var error = (await Client.GetHistoryAsync(did, Cancel)).Error;
        Assert.Equal((XrpcFailure.Unreadable, PlcErrorNames.BadLog), (error.Failure, error.Name));
        Assert.Contains("Entry 1", error.Message);
    }

    [Fact]
    public async Task Only_plc_identities_are_asked_for() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Client.GetHistoryAsync(Did.Parse("did:web:example.com"), Cancel));

    public void Dispose() => _network.Dispose();

    /// <summary>The beginning of an identity that no other test has.</summary>
    private static SignedPlcOperation New() =>
        new PlcOperation(Body with { AlsoKnownAs = [$"at://alice{Interlocked.Increment(ref _serial)}.old.test"] }, null).Sign(OldServer);

    private async Task AcceptAsync(Did did, SignedPlcOperation operation)
    {
        var result = await Client.SubmitAsync(did, operation, Cancel);
        Assert.True(result.IsOk, result.ToString());
    }

    private async Task RefuseAsync(string name, Did did, SignedPlcOperation operation)
    {
        var result = await Client.SubmitAsync(did, operation, Cancel);
        Assert.False(result.IsOk);
        Assert.Equal((XrpcFailure.Refused, name), (result.Error.Failure, result.Error.Name));
    }
}
