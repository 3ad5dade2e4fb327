using System.Text.Json;
using System.Text.Json.Nodes;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Xunit;
using static Migrator.Core.Tests.AtProto.Plc.TestKeys;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>What an old server could sign instead of what it was asked to.</summary>
public class PlcChangeTests
{
    private static readonly PlcLogBuilder Log = new PlcLogBuilder()
        .Add(PlcLogBuilder.Body(OldServer), OldServer).Add(PlcLogBuilder.Body(OldServer), OldServer);

    private static readonly PlcChange Change = PlcChangePlanner.PlanMove(
        Log.Replay(),
        new RecommendedCredentials(
            ["at://alice.old.test"], Log.Last.Body!.VerificationMethods, Log.Last.Body.RotationKeys, Log.Last.Body.Services),
        new RecommendedCredentials(
            ["at://alice.new.test"], new Dictionary<string, string> { ["atproto"] = NewSigning.PublicKey.DidKey },
            [NewServer.PublicKey.DidKey],
            new Dictionary<string, ServiceEntry> { ["atproto_pds"] = new("AtprotoPersonalDataServer", "https://new.test") }),
        User.PublicKey, Handle.Parse("alice.new.test"));

    private static PlcOperationBody Asked => Change.Operation.Body;

    [Fact]
    public void The_very_operation_is_accepted()
    {
        Assert.True(Change.TryAccept(Change.Operation.Sign(OldServer).ToJson(), out var signed, out var differences));
        Assert.Empty(differences);
        Assert.True(Change.Matches(signed));
        Assert.Equal(Change.Operation.BytesToSign, signed.Unsigned.BytesToSign);
    }

    [Fact]
    public void Everything_is_asked_for_by_name()
    {
        var request = Change.ToSignRequest("ABCDE-FGHIJ");
        Assert.Equal("ABCDE-FGHIJ", request.Token);
        Assert.Equal(Asked.RotationKeys, request.RotationKeys);
        Assert.Equal(Asked.AlsoKnownAs, request.AlsoKnownAs);
        Assert.Equal(Asked.VerificationMethods, request.VerificationMethods);
        Assert.Equal(Asked.Services, request.Services);
    }

    [Fact]
    public void A_dropped_or_lowered_user_key_is_noticed()
    {
        AssertRefused(PlcField.RotationKey, Asked with { RotationKeys = [NewServer.PublicKey.DidKey] });
        AssertRefused(PlcField.RotationKey, Asked with { RotationKeys = [NewServer.PublicKey.DidKey, User.PublicKey.DidKey] });
    }

    [Fact]
    public void A_key_that_was_slipped_in_is_noticed()
    {
        AssertRefused(PlcField.RotationKey, Asked with { RotationKeys = [.. Asked.RotationKeys, OldServer.PublicKey.DidKey] });
        AssertRefused(PlcField.RotationKey, Asked with { RotationKeys = [.. Asked.RotationKeys, NewServer.PublicKey.DidKey] }); // twice
        AssertRefused(PlcField.VerificationKey, Asked with
        {
            VerificationMethods = new Dictionary<string, string>(Asked.VerificationMethods) { ["other"] = Other.PublicKey.DidKey },
        });
    }

    [Fact]
    public void Another_server_handle_or_signing_key_is_noticed()
    {
        AssertRefused(PlcField.Server, Asked with { Services = Service("AtprotoPersonalDataServer", "https://old.test") });
        AssertRefused(PlcField.Server, Asked with { Services = Service("Other", "https://new.test") });
        AssertRefused(PlcField.Server, Asked with { Services = new Dictionary<string, ServiceEntry>() });
        AssertRefused(PlcField.Handle, Asked with { AlsoKnownAs = ["at://alice.old.test"] });
        AssertRefused(PlcField.Handle, Asked with { AlsoKnownAs = [] });
        AssertRefused(PlcField.OtherName, Asked with { AlsoKnownAs = [.. Asked.AlsoKnownAs, "at://alice.old.test"] });
        AssertRefused(PlcField.SigningKey, Asked with
        {
            VerificationMethods = new Dictionary<string, string> { ["atproto"] = Signing.PublicKey.DidKey },
        });
    }

    [Fact]
    public void A_service_that_only_reads_the_same_is_noticed()
    {
        var one = new Dictionary<string, ServiceEntry> { ["x"] = new("Labeler", "https://a") };
        var other = new Dictionary<string, ServiceEntry> { ["x"] = new("AtprotoPersonalDataServer", "https://a of type Labeler") };
        Assert.Single(PlcDiff.Compare(Asked with { Services = one }, Asked with { Services = other }));
    }

    [Fact]
    public void Another_place_in_the_log_is_noticed()
    {
        var forked = new PlcOperation(Asked, Log.Operations[0].Cid).Sign(OldServer);
        Assert.Equal(PlcField.Previous, Assert.Single(Change.DifferencesFrom(forked)).Field);
        var first = new PlcOperation(Asked, null).Sign(OldServer);
        Assert.Equal(PlcField.Previous, Assert.Single(Change.DifferencesFrom(first)).Field);
    }

    [Fact]
    public void The_end_of_the_identity_is_noticed()
    {
        Assert.False(Change.TryAccept(new PlcTombstone(Log.Last.Cid).Sign(OldServer).ToJson(), out _, out var differences));
        Assert.Equal(PlcField.Form, Assert.Single(differences).Field);
    }

    [Fact]
    public void An_unknown_field_is_noticed()
    {
        var answer = JsonObject.Create(Change.Operation.Sign(OldServer).ToJson())!;
        answer["more"] = "x";
        Assert.False(Change.TryAccept(JsonSerializer.SerializeToElement(answer), out _, out var differences));
        Assert.Equal(PlcField.Form, Assert.Single(differences).Field);
        Assert.Contains("unknown field", differences[0].ToString());
    }

    [Fact]
    public void A_signature_of_someone_else_or_in_another_form_is_noticed()
    {
        AssertSignatureRefused(Change.Operation.Sign(User)); // not among the keys before the move
        AssertSignatureRefused(Change.Operation.Sign(Signing));
        var good = Change.Operation.Sign(OldServer);
        AssertSignatureRefused(Change.Operation.WithSignature(good.Sig + "=="));
        AssertSignatureRefused(Change.Operation.WithSignature(""));

        static void AssertSignatureRefused(SignedPlcOperation signed)
        {
            Assert.False(Change.TryAccept(signed.ToJson(), out _, out var differences));
            Assert.Equal(PlcField.Signature, Assert.Single(differences).Field);
        }
    }

    [Fact]
    public void The_diff_says_what_a_person_must_know()
    {
        Assert.Equal(
            [
                "Handle: alice.old.test becomes alice.new.test.",
                "Server: https://old.test becomes https://new.test.",
                $"Key that signs your posts: {Signing.PublicKey} becomes {NewSigning.PublicKey}.",
                $"Rotation key {OldServer.PublicKey}: removed from place 1.",
                $"Rotation key {User.PublicKey}: added in place 1.",
                $"Rotation key {NewServer.PublicKey}: added in place 2.",
            ],
            Change.Diff.Select(d => d.ToString()));
    }

    [Fact]
    public void Equal_states_have_no_differences_and_unequal_ones_always_have_some()
    {
        var body = PlcLogBuilder.Body(User, OldServer);
        Assert.Empty(PlcDiff.Compare(body, PlcLogBuilder.Body(User, OldServer)));
        Assert.Equal(2, PlcDiff.Compare(body, PlcLogBuilder.Body(OldServer, User)).Count); // both moved
        Assert.NotEmpty(PlcDiff.Compare(PlcLogBuilder.Body(User), PlcLogBuilder.Body(User, User)));
        Assert.NotEmpty(PlcDiff.Compare(PlcLogBuilder.Body(User, User, Other), PlcLogBuilder.Body(User, Other, User)));
        var names = body with { AlsoKnownAs = ["at://a.test", "x"] };
        Assert.NotEmpty(PlcDiff.Compare(names, names with { AlsoKnownAs = ["x", "at://a.test"] }));
    }

    private static Dictionary<string, ServiceEntry> Service(string type, string endpoint) =>
        new() { ["atproto_pds"] = new(type, endpoint) };

    private static void AssertRefused(PlcField field, PlcOperationBody signedInstead)
    {
        var signed = new PlcOperation(signedInstead, Change.Operation.Prev).Sign(OldServer);
        Assert.False(Change.TryAccept(signed.ToJson(), out var accepted, out var differences));
        Assert.Null(accepted);
        Assert.Contains(differences, d => d.Field == field);
        Assert.False(Change.Matches(signed));
    }
}
