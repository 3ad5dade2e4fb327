using Migrator.Core.AtProto.Plc;
using Migrator.Core.Migrations;
using Migrator.Core.Tests.AtProto.Plc;
using Xunit;

namespace Migrator.Core.Tests.Migrations;

public class RestoreLogTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static string User => TestKeys.User.PublicKey.DidKey;

    private static string Server => TestKeys.OldServer.PublicKey.DidKey;

    [Fact]
    public void The_old_servers_key_is_the_one_that_came_with_it_and_signed()
    {
        var body = PlcLogBuilder.Body(TestKeys.User, TestKeys.OldServer);
        var log = new PlcLogBuilder().Add(body, TestKeys.OldServer);
        Assert.Equal([Server], RestoreLog.HostKeys(log.Replay(), User));
    }

    [Fact]
    public void A_key_that_the_person_added_later_is_not_taken_for_the_servers()
    {
        var body = PlcLogBuilder.Body(TestKeys.User, TestKeys.OldServer);
        var more = body with { RotationKeys = [User, TestKeys.Other.PublicKey.DidKey, Server] };
        var log = new PlcLogBuilder().Add(body, TestKeys.OldServer).Add(more, TestKeys.User, Hour);
        Assert.Equal([Server], RestoreLog.HostKeys(log.Replay(), User));
    }

    [Fact]
    public void A_weaker_keys_change_can_be_overruled_for_72_hours_and_an_own_one_never()
    {
        var body = PlcLogBuilder.Body(TestKeys.User, TestKeys.OldServer);
        var log = new PlcLogBuilder().Add(body, TestKeys.OldServer)
            .Add(body with { AlsoKnownAs = ["at://mine.test"] }, TestKeys.User, Hour)
            .Add(body with { AlsoKnownAs = ["at://thief.test"] }, TestKeys.OldServer, Hour);
        var history = log.Replay();
        var at = PlcLogBuilder.Start + (3 * Hour);
        var lines = RestoreLog.Read(history, User, at);
        Assert.Equal(PlcLogBuilder.Start + (74 * Hour), lines[0].OverruleUntil);
        Assert.Null(lines[1].OverruleUntil);
        Assert.Null(lines[2].OverruleUntil);
        Assert.True(lines[1].Mine);
        Assert.All(RestoreLog.Read(history, User, at + TimeSpan.FromHours(72)), line => Assert.Null(line.OverruleUntil));

        var good = history.Entries[1].Cid;
        Assert.Null(RestoreIdentity.ForkProblem(history, good, User, at));
        Assert.Contains("72 hours", RestoreIdentity.ForkProblem(history, good, User, at + TimeSpan.FromHours(72)), StringComparison.Ordinal);
        Assert.Contains("Only a stronger key", RestoreIdentity.ForkProblem(history, good, Server, at), StringComparison.Ordinal);
        Assert.Contains("Only a stronger key", RestoreIdentity.ForkProblem(history, history.Entries[0].Cid, User, at), StringComparison.Ordinal);
        Assert.NotNull(RestoreIdentity.ForkProblem(history, good, TestKeys.NewServer.PublicKey.DidKey, at));
    }

    [Fact]
    public void The_history_as_of_an_operation_ends_with_it_and_a_next_one_can_be_planned_from_there()
    {
        var body = PlcLogBuilder.Body(TestKeys.User, TestKeys.OldServer);
        var log = new PlcLogBuilder().Add(body, TestKeys.OldServer).Add(body with { AlsoKnownAs = ["at://thief.test"] }, TestKeys.OldServer, Hour);
        var history = log.Replay();
        var before = history.AsOf(history.Entries[0].Cid);
        Assert.Equal(body, before.Current);
        var claim = PlcChangePlanner.PlanSigningKey(before, TestKeys.NewSigning.PublicKey, TestKeys.User.PublicKey, [Server]);
        Assert.Empty(claim.Problems);
        Assert.Equal([User], claim.Operation.Body.RotationKeys);
        var after = log.Add(claim.Operation.Sign(TestKeys.User), Hour).Change(1, entry => entry["nullified"] = true).Replay();
        Assert.Equal(claim.Operation.Body, after.Current);
        Assert.Throws<ArgumentException>(() => after.AsOf(history.Entries[1].Cid));
    }

    [Fact]
    public void The_way_back_can_be_planned_before_the_claim_was_sent()
    {
        var body = PlcLogBuilder.Body(TestKeys.User, TestKeys.OldServer);
        var history = new PlcLogBuilder().Add(body, TestKeys.OldServer).Replay();
        var claim = PlcChangePlanner.PlanSigningKey(history, TestKeys.NewSigning.PublicKey, TestKeys.User.PublicKey).Operation.Sign(TestKeys.User);
        var claimed = history.FollowedBy(claim, PlcLogBuilder.Start + Hour);
        var back = PlcChangePlanner.PlanReturn(claimed, body, TestKeys.User.PublicKey);
        Assert.Empty(back.Problems);
        Assert.Equal(claim.Cid, back.Operation.Prev);
        Assert.Equal(body, back.Operation.Body);
        Assert.Throws<ArgumentException>(() => history.FollowedBy(new PlcOperation(body, history.Head.Cid).Sign(TestKeys.NewServer), PlcLogBuilder.Start));
    }
}
