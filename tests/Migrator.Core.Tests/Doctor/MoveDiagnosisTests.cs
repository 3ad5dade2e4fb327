using Migrator.Core.Doctor;
using Xunit;

namespace Migrator.Core.Tests.Doctor;

public sealed class MoveDiagnosisTests
{
    [Theory]
    [InlineData(HostState.Open, null, null, MoveStage.AtHome)]
    [InlineData(HostState.Open, HostState.NoAccount, null, MoveStage.AtHome)]
    [InlineData(HostState.Open, HostState.Deactivated, null, MoveStage.Moved)]
    [InlineData(HostState.Open, HostState.Open, null, MoveStage.OldOpen)]
    [InlineData(HostState.Open, null, HostState.Deactivated, MoveStage.Begun)]
    [InlineData(HostState.Open, null, HostState.Open, MoveStage.TwoOpen)]
    [InlineData(HostState.Open, null, HostState.NoAccount, MoveStage.AtHome)]
    [InlineData(HostState.Deactivated, null, HostState.Deactivated, MoveStage.OldOff)]
    [InlineData(HostState.Deactivated, HostState.Open, null, MoveStage.NewOff)]
    [InlineData(HostState.Deactivated, HostState.Deactivated, null, MoveStage.NewOff)]
    [InlineData(HostState.Deactivated, null, null, MoveStage.SwitchedOff)]
    [InlineData(HostState.NoAccount, HostState.Open, null, MoveStage.Nowhere)]
    [InlineData(HostState.NoAccount, null, null, MoveStage.Nowhere)]
    [InlineData(HostState.Withheld, null, null, MoveStage.Withheld)]
    [InlineData(HostState.Unreachable, HostState.Open, null, MoveStage.Unknown)]
    public void The_half_follows_from_who_has_the_account(HostState named, HostState? earlier, HostState? given, MoveStage stage) =>
        Assert.Equal(stage, Decide(named, earlier, given).Stage);

    [Fact]
    public void Missing_files_come_before_the_old_commit_and_the_old_commit_before_the_open_old_account()
    {
        var hosts = Hosts(HostState.Open, HostState.Open, null);
        Assert.Equal(MoveStage.FilesMissing, MoveDiagnosis.Decide(hosts, SignerStanding.Earlier, 2, 0).Stage);
        Assert.Equal(MoveStage.OldCommit, MoveDiagnosis.Decide(hosts, SignerStanding.Earlier, 0, 0).Stage);
        Assert.Equal(MoveStage.OldOpen, MoveDiagnosis.Decide(hosts, SignerStanding.Current, 0, 0).Stage);
    }

    [Fact]
    public void Missing_files_of_an_account_that_never_moved_are_no_half_made_move() =>
        Assert.Equal(MoveStage.AtHome, MoveDiagnosis.Decide(Hosts(HostState.Open, null, null), SignerStanding.Current, 3, 0).Stage);

    [Theory]
    [InlineData(1, 0, MoveStage.OldAhead)]
    [InlineData(0, 1, MoveStage.OldAhead)]
    [InlineData(0, 0, MoveStage.OldOpen)]
    public void Records_that_only_the_old_server_has_are_to_be_saved_first(long onlyHere, long changed, MoveStage stage)
    {
        var hosts = Hosts(HostState.Open, HostState.Open, null);
        hosts[1] = hosts[1] with { Difference = new HostDifference(onlyHere, 5, changed) };
        Assert.Equal(stage, MoveDiagnosis.Decide(hosts, SignerStanding.Current, 0, 0).Stage);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(HostState.Deactivated)]
    [InlineData(HostState.Open)]
    public void A_repo_that_did_not_verify_is_never_called_whole_or_its_move_finished(HostState? earlier)
    {
        var standing = MoveDiagnosis.Decide(Hosts(HostState.Open, earlier, null), signer: null, 0, 0);
        Assert.Equal(MoveStage.NotProven, standing.Stage);
        if (earlier is not null) Assert.StartsWith("Leave the account at earlier.example as it is", standing.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_old_account_that_could_not_be_compared_is_left_as_it_is()
    {
        var hosts = Hosts(HostState.Open, HostState.Open, null);
        hosts[1] = hosts[1] with { Difference = null };
        var standing = MoveDiagnosis.Decide(hosts, SignerStanding.Current, 0, 0);
        Assert.Equal(MoveStage.NotProven, standing.Stage);
        Assert.DoesNotContain("deactivateAccount", standing.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_open_old_accounts_the_one_that_is_ahead_decides()
    {
        var hosts = Hosts(HostState.Open, HostState.Open, null);
        hosts.Add(new("https://first.example", HostRole.Earlier, HostState.Open, Difference: new HostDifference(1, 0, 0)));
        var standing = MoveDiagnosis.Decide(hosts, SignerStanding.Current, 0, 0);
        Assert.Equal(MoveStage.OldAhead, standing.Stage);
        Assert.Contains("first.example", standing.NextStep, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HostState.Deactivated, MoveStage.NotProven)]
    [InlineData(HostState.Open, MoveStage.NotProven)]
    [InlineData(null, MoveStage.AtHome)]
    public void A_move_is_not_finished_while_the_new_server_does_not_answer_for_files(HostState? earlier, MoveStage stage) =>
        Assert.Equal(stage, MoveDiagnosis.Decide(Hosts(HostState.Open, earlier, null), SignerStanding.Current, 0, 1).Stage);

    [Theory]
    [InlineData(2, "2 records there are not at named.example")]
    [InlineData(0, "Every record there is at named.example too")]
    [InlineData(null, "could not be compared")]
    public void Two_open_accounts_are_told_whatever_must_be_mended_first(int? onlyThere, string told)
    {
        var hosts = Hosts(HostState.Open, HostState.Open, HostState.Deactivated);
        hosts[1] = hosts[1] with { Difference = onlyThere is { } count ? new HostDifference(count, 3, 0) : null };
        Assert.Equal(MoveStage.OldCommit, MoveDiagnosis.Decide(hosts, SignerStanding.Earlier, 0, 0).Stage);
        var text = Assert.Single(MoveDiagnosis.TwoOpen(hosts));
        Assert.Contains("earlier.example both show", text, StringComparison.Ordinal);
        Assert.Contains(told, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HostState.Open, HostState.Deactivated)]
    [InlineData(HostState.NoAccount, HostState.Open)]
    public void One_open_account_is_not_told_as_two(HostState named, HostState earlier) =>
        Assert.Empty(MoveDiagnosis.TwoOpen(Hosts(named, earlier, null)));

    [Fact]
    public void No_advice_tells_to_delete_anything()
    {
        HostState?[] states = [null, .. Enum.GetValues<HostState>().Cast<HostState?>()];
        foreach (var named in Enum.GetValues<HostState>())
        {
            foreach (var earlier in states)
            {
                foreach (var given in states)
                {
                    var step = Decide(named, earlier, given).NextStep ?? "";
                    Assert.DoesNotContain("deleteAccount", step, StringComparison.Ordinal);
                    Assert.DoesNotMatch("(?<!not |nothing |need not be )delete (the|it|them)", step);
                }
            }
        }
    }

    private static MoveStanding Decide(HostState named, HostState? earlier, HostState? given) =>
        MoveDiagnosis.Decide(Hosts(named, earlier, given), SignerStanding.Current, 0, 0);

    private static List<HostFacts> Hosts(HostState named, HostState? earlier, HostState? given)
    {
        List<HostFacts> hosts = [new("https://named.example", HostRole.Named, named, "takendown", Message: "no answer")];
        var same = new HostDifference(0, 0, 0);
        if (earlier is { } old) hosts.Add(new("https://earlier.example", HostRole.Earlier, old, Difference: old == HostState.Open ? same : null));
        if (given is { } other) hosts.Add(new("https://given.example", HostRole.Given, other));
        return hosts;
    }
}
