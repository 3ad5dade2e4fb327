using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Xunit;
using static Migrator.Core.Tests.AtProto.Plc.TestKeys;

namespace Migrator.Core.Tests.AtProto.Plc;

public class PlcChangePlannerTests
{
    /// <summary>An Ed25519 key.</summary>
    private const string OtherKind = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";

    private static readonly Handle NewHandle = Handle.Parse("alice.new.test");
    private static readonly RecommendedCredentials OldHost = Host("old.test", Signing, OldServer);
    private static readonly RecommendedCredentials NewHost = Host("new.test", NewSigning, NewServer);

    [Fact]
    public void A_move_takes_the_old_host_out_and_puts_the_new_one_in()
    {
        var change = PlcChangePlanner.PlanMove(History(PlcLogBuilder.Body(OldServer)), OldHost, NewHost, null, NewHandle);
        Assert.Empty(change.Problems);
        AssertKeys(change, NewServer);
        Assert.Equal(["at://alice.new.test"], change.Operation.Body.AlsoKnownAs);
        Assert.Equal(NewSigning.PublicKey, change.Operation.Body.SigningKey);
        Assert.Equal("https://new.test", change.Operation.Body.PdsEndpoint);
        Assert.Single(change.Operation.Body.Services);
        Assert.Single(change.Operation.Body.VerificationMethods);
    }

    [Fact]
    public void It_follows_the_head()
    {
        var history = History(PlcLogBuilder.Body(OldServer));
        Assert.Equal(history.Head.Cid, PlcChangePlanner.PlanMove(history, OldHost, NewHost, null, NewHandle).Operation.Prev);
    }

    [Fact]
    public void The_users_key_comes_on_top()
    {
        var history = History(PlcLogBuilder.Body(OldServer));
        AssertKeys(PlcChangePlanner.PlanMove(history, OldHost, NewHost, User.PublicKey, NewHandle), User, NewServer);
    }

    [Fact]
    public void The_users_key_is_moved_to_the_top_and_not_doubled()
    {
        var body = PlcLogBuilder.Body(OldServer, Other, User);
        AssertKeys(PlcChangePlanner.PlanMove(History(body), OldHost, NewHost, User.PublicKey, NewHandle), User, Other, NewServer);
    }

    [Fact]
    public void The_users_key_stays_even_if_the_old_host_recommends_it()
    {
        var oldHost = OldHost with { RotationKeys = [User.PublicKey.DidKey, OldServer.PublicKey.DidKey] };
        var body = PlcLogBuilder.Body(User, OldServer);
        AssertKeys(PlcChangePlanner.PlanMove(History(body), oldHost, NewHost, User.PublicKey, NewHandle), User, NewServer);
    }

    [Fact]
    public void Other_keys_of_the_user_are_kept_in_their_order()
    {
        using var second = PrivateKey.Generate(KeyCurve.P256);
        var body = PlcLogBuilder.Body(second, OldServer, Other);
        AssertKeys(PlcChangePlanner.PlanMove(History(body), OldHost, NewHost, User.PublicKey, NewHandle), User, second, Other, NewServer);
        AssertKeys(PlcChangePlanner.PlanMove(History(body), OldHost, NewHost, null, NewHandle), second, Other, NewServer);
    }

    [Fact]
    public void A_recovery_key_of_a_host_goes_and_comes_with_the_host()
    {
        using var oldRecovery = PrivateKey.Generate(KeyCurve.K256);
        var oldHost = Host("old.test", Signing, oldRecovery, OldServer);
        var newHost = Host("new.test", NewSigning, Other, NewServer);
        var body = PlcLogBuilder.Body(oldRecovery, OldServer);
        AssertKeys(PlcChangePlanner.PlanMove(History(body), oldHost, newHost, User.PublicKey, NewHandle), User, Other, NewServer);
    }

    [Fact]
    public void A_key_that_both_hosts_share_stays_once()
    {
        var newHost = Host("new.test", NewSigning, OldServer);
        var withUser = History(PlcLogBuilder.Body(User, OldServer));
        AssertKeys(PlcChangePlanner.PlanMove(withUser, OldHost, newHost, User.PublicKey, NewHandle), User, OldServer);
        var withOther = History(PlcLogBuilder.Body(OldServer, Other));
        AssertKeys(PlcChangePlanner.PlanMove(withOther, OldHost, newHost, null, NewHandle), Other, OldServer);
    }

    [Fact]
    public void Five_keys_are_fine_and_six_are_a_problem()
    {
        using var a = PrivateKey.Generate(KeyCurve.K256);
        using var b = PrivateKey.Generate(KeyCurve.P256);
        var body = PlcLogBuilder.Body(User, a, b, Other, OldServer);
        Assert.Empty(PlcChangePlanner.PlanMove(History(body), OldHost, NewHost, User.PublicKey, NewHandle).Problems);

        var more = OldHost with { RotationKeys = [] };
        var change = PlcChangePlanner.PlanMove(History(body), more, NewHost, User.PublicKey, NewHandle);
        Assert.Contains("6 rotation keys", Assert.Single(change.Problems));
        Assert.Contains("5 at most", change.Problems[0]);
    }

    [Fact]
    public void An_entry_that_is_too_large_is_a_problem()
    {
        var services = PlcLogBuilder.Body(OldServer).Services.ToDictionary();
        for (var i = 0; i < 8; i++) services[$"service{i}"] = new ServiceEntry("Thing", "https://thing.test/" + new string('x', 450));
        var body = PlcLogBuilder.Body(OldServer) with { Services = services };
        var change = PlcChangePlanner.PlanMove(History(body), OldHost, NewHost, null, NewHandle);
        Assert.Contains("4000 at most", Assert.Single(change.Problems));
    }

    [Fact]
    public void The_size_counts_the_signature()
    {
        var change = PlcChangePlanner.PlanMove(History(PlcLogBuilder.Body(OldServer)), OldHost, NewHost, User.PublicKey, NewHandle);
        Assert.Equal(change.Operation.BytesToSign.Length + 92, change.Operation.Sign(OldServer).SignedBytes.Length);
    }

    [Fact]
    public void A_labeler_and_its_key_are_kept_in_their_place()
    {
        var body = PlcLogBuilder.Body(OldServer);
        body = body with
        {
            VerificationMethods = Map(("atproto_label", Other.PublicKey.DidKey), ("atproto", Signing.PublicKey.DidKey)),
            Services = Map(
                ("atproto_labeler", new ServiceEntry("AtprotoLabeler", "https://label.test")),
                ("atproto_pds", body.Services["atproto_pds"])),
        };
        var after = PlcChangePlanner.PlanMove(History(body), OldHost, NewHost, null, NewHandle).Operation.Body;
        Assert.Equal(["atproto_label", "atproto"], after.VerificationMethods.Keys);
        Assert.Equal(Other.PublicKey.DidKey, after.VerificationMethods["atproto_label"]);
        Assert.Equal(NewSigning.PublicKey.DidKey, after.VerificationMethods["atproto"]);
        Assert.Equal(["atproto_labeler", "atproto_pds"], after.Services.Keys);
        Assert.Equal("https://label.test", after.Services["atproto_labeler"].Endpoint);
        Assert.Equal("https://new.test", after.PdsEndpoint);
    }

    [Fact]
    public void What_the_old_host_put_there_goes_unless_it_was_changed_since()
    {
        var chat = new ServiceEntry("Chat", "https://chat.old.test");
        var body = PlcLogBuilder.Body(OldServer);
        body = body with { Services = Map(("atproto_pds", body.Services["atproto_pds"]), ("chat", chat), ("feed", chat)) };
        var oldHost = OldHost with { Services = Map(("chat", chat), ("feed", chat with { Endpoint = "https://other.test" })) };
        var after = PlcChangePlanner.PlanMove(History(body), oldHost, NewHost, null, NewHandle).Operation.Body;
        Assert.Equal(["atproto_pds", "feed"], after.Services.Keys);
    }

    [Fact]
    public void Other_names_are_kept_after_the_new_handle()
    {
        var body = PlcLogBuilder.Body(OldServer) with { AlsoKnownAs = ["https://alice.blog", "at://Alice.Old.test", "at://alice.com"] };
        var change = PlcChangePlanner.PlanMove(History(body), OldHost, NewHost, null, NewHandle);
        Assert.Equal(["at://alice.new.test", "https://alice.blog", "at://alice.com"], change.Operation.Body.AlsoKnownAs);
    }

    [Fact]
    public void A_handle_that_stays_is_listed_once()
    {
        var own = Handle.Parse("alice.com");
        var oldHost = OldHost with { AlsoKnownAs = ["at://alice.com"] };
        var newHost = NewHost with { AlsoKnownAs = ["at://alice.com"] };
        var body = PlcLogBuilder.Body(OldServer) with { AlsoKnownAs = ["at://alice.com", "at://alice.com"] };
        Assert.Equal(["at://alice.com"], PlcChangePlanner.PlanMove(History(body), oldHost, newHost, null, own).Operation.Body.AlsoKnownAs);
    }

    [Fact]
    public void Without_the_old_host_only_what_must_change_goes()
    {
        var body = PlcLogBuilder.Body(Other, OldServer) with { AlsoKnownAs = ["at://alice.old.test", "at://alice.com"] };
        var change = PlcChangePlanner.PlanMove(History(body), null, NewHost, User.PublicKey, NewHandle);
        AssertKeys(change, User, Other, OldServer, NewServer);
        Assert.Equal(["at://alice.new.test", "at://alice.com"], change.Operation.Body.AlsoKnownAs);
        Assert.Equal("https://new.test", change.Operation.Body.PdsEndpoint);
    }

    [Fact]
    public void A_new_host_that_does_not_say_what_is_needed_is_a_problem()
    {
        var history = History(PlcLogBuilder.Body(OldServer));
        AssertProblem("address", NewHost with { Services = Map<ServiceEntry>() });
        AssertProblem("address", NewHost with { Services = Map(("atproto_pds", new ServiceEntry("Other", "https://new.test"))) });
        AssertProblem("sign", NewHost with { VerificationMethods = Map<string>() });
        AssertProblem("sign", NewHost with { VerificationMethods = Map(("atproto", OtherKind)) });
        AssertProblem("rotation key", NewHost with { RotationKeys = [] });
        AssertProblem("kind", NewHost with { RotationKeys = [OtherKind] });
        AssertProblem("another handle", NewHost with { AlsoKnownAs = ["at://handle.invalid"] });

        void AssertProblem(string expected, RecommendedCredentials newHost) => Assert.Contains(
            PlcChangePlanner.PlanMove(history, OldHost, newHost, null, NewHandle).Problems, problem => problem.Contains(expected));
    }

    [Fact]
    public void An_identity_that_was_ended_cannot_be_moved()
    {
        var history = new PlcLogBuilder().Add(PlcLogBuilder.Body(OldServer), OldServer).AddTombstone(OldServer).Replay();
        Assert.Contains("ended", Assert.Single(PlcChangePlanner.PlanMove(history, OldHost, NewHost, null, NewHandle).Problems));
    }

    [Fact]
    public void The_way_back_restores_what_was_with_the_users_key_on_top()
    {
        var before = PlcLogBuilder.Body(OldServer, Other);
        var log = new PlcLogBuilder().Add(before, OldServer);
        var move = PlcChangePlanner.PlanMove(log.Replay(), OldHost, NewHost, User.PublicKey, NewHandle);
        var moved = log.Add(move.Operation.Sign(OldServer)).Replay();

        var back = PlcChangePlanner.PlanWayBack(moved, before, User.PublicKey);
        Assert.Empty(back.Problems);
        AssertKeys(back, User, OldServer, Other);
        Assert.Equal(before with { RotationKeys = back.Operation.Body.RotationKeys }, back.Operation.Body);
        Assert.Equal(moved.Head.Cid, back.Operation.Prev);
        Assert.True(back.CanBeSignedBy(User.PublicKey));
        Assert.False(back.CanBeSignedBy(OldServer.PublicKey));
        Assert.Equal("https://old.test", log.Add(back.Operation.Sign(User)).Replay().Current.PdsEndpoint);
    }

    [Fact]
    public void The_way_back_says_exactly_what_was_where_the_users_key_would_be_one_too_many()
    {
        using var third = PrivateKey.Generate(KeyCurve.K256);
        using var fourth = PrivateKey.Generate(KeyCurve.K256);
        using var fifth = PrivateKey.Generate(KeyCurve.K256);
        var before = PlcLogBuilder.Body(third, fourth, fifth, Other, OldServer);
        var log = new PlcLogBuilder().Add(before, OldServer);
        var move = PlcChangePlanner.PlanMove(log.Replay(), Host("old.test", Signing, Other, OldServer), NewHost, User.PublicKey, NewHandle);
        AssertKeys(move, User, third, fourth, fifth, NewServer);

        var back = PlcChangePlanner.PlanWayBack(log.Add(move.Operation.Sign(OldServer)).Replay(), before, User.PublicKey);

        AssertKeys(back, third, fourth, fifth, Other, OldServer);
    }

    [Fact]
    public void The_way_back_is_impossible_without_a_key_that_may_sign()
    {
        var history = History(PlcLogBuilder.Body(NewServer));
        var back = PlcChangePlanner.PlanWayBack(history, PlcLogBuilder.Body(OldServer), User.PublicKey);
        Assert.Contains("not among", Assert.Single(back.Problems));
    }

    [Fact]
    public void Claiming_an_account_changes_the_signing_key_and_nothing_else()
    {
        var body = PlcLogBuilder.Body(User, OldServer);
        var change = PlcChangePlanner.PlanSigningKey(History(body), NewSigning.PublicKey, User.PublicKey);
        Assert.Empty(change.Problems);
        Assert.Equal(PlcField.SigningKey, Assert.Single(change.Diff).Field);
        Assert.Equal(NewSigning.PublicKey, change.Operation.Body.SigningKey);
        Assert.NotEmpty(PlcChangePlanner.PlanSigningKey(History(body), NewSigning.PublicKey, Other.PublicKey).Problems);
    }

    private static PlcHistory History(PlcOperationBody body) =>
        new PlcLogBuilder().Add(PlcLogBuilder.Body(OldServer), OldServer).Add(body, OldServer).Replay();

    private static RecommendedCredentials Host(string name, PrivateKey signingKey, params PrivateKey[] rotationKeys) => new(
        [$"at://alice.{name}"], Map(("atproto", signingKey.PublicKey.DidKey)), [.. rotationKeys.Select(k => k.PublicKey.DidKey)],
        Map(("atproto_pds", new ServiceEntry("AtprotoPersonalDataServer", $"https://{name}"))));

    private static OrderedDictionary<string, T> Map<T>(params (string Name, T Value)[] items) =>
        new(items.Select(i => KeyValuePair.Create(i.Name, i.Value)));

    private static void AssertKeys(PlcChange change, params PrivateKey[] keys)
    {
        Assert.Equal(keys.Select(k => k.PublicKey.DidKey), change.Operation.Body.RotationKeys);
        Assert.Empty(change.Problems);
    }
}
