using System.Text.Json;
using System.Text.Json.Nodes;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Xunit;
using static Migrator.Core.Tests.AtProto.Plc.TestKeys;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>What a directory that lies could show, entry by entry.</summary>
public class PlcAuditLogTests
{
    private static PlcLogBuilder Log() => new PlcLogBuilder()
        .Add(PlcLogBuilder.Body(User, OldServer), OldServer)
        .Add(PlcLogBuilder.Body(User, OldServer, Other), User, TimeSpan.FromDays(30));

    [Fact]
    public void An_honest_log_gives_head_signers_and_content()
    {
        var history = Log().Replay();
        Assert.Equal(2, history.Entries.Count);
        Assert.Equal(User.PublicKey, history.Head.SignedBy);
        Assert.Equal(0, history.Head.SignedByIndex);
        Assert.Equal(1, history.Entries[0].SignedByIndex);
        Assert.Equal(3, history.Current.RotationKeys.Count);
        Assert.Equal(PlcLogBuilder.Start.AddDays(30), history.Head.CreatedAt);
        Assert.False(history.Tombstoned);
    }

    [Fact]
    public void Every_rightful_signing_key_is_listed_newest_first()
    {
        var changed = PlcLogBuilder.Body(User, OldServer) with
        {
            VerificationMethods = new Dictionary<string, string> { ["atproto"] = NewSigning.PublicKey.DidKey },
        };
        var hostile = changed with { VerificationMethods = new Dictionary<string, string> { ["atproto"] = Other.PublicKey.DidKey } };
        var history = new PlcLogBuilder()
            .Add(PlcLogBuilder.Body(User, OldServer), OldServer)
            .Add(hostile, OldServer, nullified: true)
            .Add(changed, User, follows: 0)
            .Add(changed, User)
            .Replay();
        Assert.Equal([NewSigning.PublicKey, Signing.PublicKey], history.SigningKeysNewestFirst);
    }

    [Fact]
    public void Any_changed_byte_of_an_operation_is_noticed()
    {
        AssertFault(PlcFault.WrongCid, Log().Change(1, e => e["operation"]!["alsoKnownAs"] = new JsonArray("at://mallory.test")));
        AssertFault(PlcFault.WrongCid, Log().Change(0, e => e["operation"]!["rotationKeys"]![0] = Other.PublicKey.DidKey));
        AssertFault(PlcFault.WrongCid, Log().Change(1, e => e["cid"] = Log().Operations[0].Cid.ToString()));
    }

    [Fact]
    public void An_operation_that_none_of_the_keys_signed_is_noticed()
    {
        AssertFault(PlcFault.BadSignature, new PlcLogBuilder().Add(PlcLogBuilder.Body(User), Other));
        AssertFault(PlcFault.BadSignature, Log().Add(PlcLogBuilder.Body(NewServer), NewServer));
        AssertFault(PlcFault.BadSignature, Log().Add(PlcLogBuilder.Body(User), Signing)); // the repo key is no rotation key
    }

    [Fact]
    public void Another_identity_is_noticed()
    {
        AssertFault(PlcFault.WrongDid, Log().Change(1, e => e["did"] = "did:plc:6gmrck4btwuauevjfxstwvh2"));
        var did = Did.Parse("did:plc:6gmrck4btwuauevjfxstwvh2");
        var log = Log().Change(0, e => e["did"] = did.ToString()).Change(1, e => e["did"] = did.ToString()).ToJson();
        Assert.Equal(PlcFault.WrongGenesis, Assert.Throws<PlcFaultException>(() => PlcAuditLog.Replay(did, log)).Fault);
    }

    [Fact]
    public void A_log_without_its_beginning_or_middle_is_noticed()
    {
        var log = Log().Add(PlcLogBuilder.Body(User), User);
        var entries = log.ToJson().EnumerateArray().ToList();
        Assert.Equal(PlcFault.BadOrder, FaultOf(entries[1], entries[2]));
        Assert.Equal(PlcFault.BadOrder, FaultOf(entries[0], entries[2]));
        Assert.Equal(PlcFault.BadOrder, FaultOf(entries[0], entries[0]));

        PlcFault FaultOf(params JsonElement[] shown) => Assert.Throws<PlcFaultException>(
            () => PlcAuditLog.Replay(log.Did, JsonSerializer.SerializeToElement(shown))).Fault;
    }

    [Fact]
    public void Times_that_run_backwards_are_noticed() =>
        AssertFault(PlcFault.BadOrder, Log().Add(PlcLogBuilder.Body(User), User, TimeSpan.FromSeconds(-1)));

    [Fact]
    public void A_stronger_key_overrules_within_72_hours_and_not_a_moment_later()
    {
        var body = PlcLogBuilder.Body(User, OldServer);
        var rescued = new PlcLogBuilder().Add(body, OldServer)
            .Add(PlcLogBuilder.Body(OldServer), OldServer, TimeSpan.FromDays(1), nullified: true)
            .Add(PlcLogBuilder.Body(OldServer, Other), OldServer, TimeSpan.FromHours(71), nullified: true)
            .Add(body, User, TimeSpan.FromHours(1), follows: 0)
            .Replay();
        Assert.Equal([false, true, true, false], rescued.Entries.Select(e => e.Nullified));
        Assert.Equal(body, rescued.Current);

        AssertFault(PlcFault.RecoveryTooLate, new PlcLogBuilder().Add(body, OldServer)
            .Add(PlcLogBuilder.Body(OldServer), OldServer, nullified: true)
            .Add(body, User, TimeSpan.FromHours(72) + TimeSpan.FromMilliseconds(1), follows: 0));
    }

    [Fact]
    public void An_equal_or_weaker_key_overrules_nothing()
    {
        var body = PlcLogBuilder.Body(User, OldServer);
        AssertFault(PlcFault.BadSignature, new PlcLogBuilder().Add(body, User)
            .Add(body, User, nullified: true).Add(PlcLogBuilder.Body(OldServer), OldServer, follows: 0));
        AssertFault(PlcFault.BadSignature, new PlcLogBuilder().Add(body, User)
            .Add(body, OldServer, nullified: true).Add(PlcLogBuilder.Body(OldServer), OldServer, follows: 0));
    }

    [Fact]
    public void Nothing_follows_a_tombstone_but_a_stronger_key_takes_it_back()
    {
        var body = PlcLogBuilder.Body(User, OldServer);
        var ended = new PlcLogBuilder().Add(body, OldServer).AddTombstone(OldServer).Replay();
        Assert.True(ended.Tombstoned);
        Assert.Equal(body, ended.Current);

        AssertFault(PlcFault.BadOrder, new PlcLogBuilder().Add(body, OldServer).AddTombstone(OldServer).Add(body, User));
        var back = new PlcLogBuilder().Add(body, OldServer).AddTombstone(OldServer, nullified: true).Add(body, User, follows: 0).Replay();
        Assert.False(back.Tombstoned);
    }

    [Fact]
    public void A_wrong_mark_nullified_is_noticed()
    {
        AssertFault(PlcFault.WrongNullification, Log().Change(1, e => e["nullified"] = true));
        AssertFault(PlcFault.WrongNullification, new PlcLogBuilder().Add(PlcLogBuilder.Body(User, OldServer), OldServer)
            .Add(PlcLogBuilder.Body(OldServer), OldServer).Add(PlcLogBuilder.Body(User), User, follows: 0));
    }

    [Theory]
    [InlineData("did")]
    [InlineData("operation")]
    [InlineData("cid")]
    [InlineData("nullified")]
    [InlineData("createdAt")]
    public void Every_field_of_an_entry_must_be_there_and_of_its_kind(string field)
    {
        AssertFault(PlcFault.Malformed, Log().Change(1, e => e.Remove(field)));
        AssertFault(PlcFault.Malformed, Log().Change(1, e => e[field] = 1));
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("2026-01-02")]
    [InlineData("2026-03-02T03:04:05")] // of which zone?
    [InlineData("2026-13-02T03:04:05Z")]
    public void A_time_must_be_a_full_one_in_UTC(string time) =>
        AssertFault(PlcFault.Malformed, Log().Change(1, e => e["createdAt"] = time));

    [Fact]
    public void The_fault_names_the_entry()
    {
        var log = Log().Change(1, e => e["cid"] = "x");
        var fault = Assert.Throws<PlcFaultException>(() => log.Replay());
        Assert.Equal(1, fault.Entry);
        Assert.Contains("Entry 1", fault.Message);
    }

    [Fact]
    public void Nothing_but_a_list_with_entries_is_a_log()
    {
        var did = Did.Parse("did:plc:6gmrck4btwuauevjfxstwvh2");
        Assert.Throws<PlcFaultException>(() => PlcAuditLog.Replay(did, JsonElement.Parse("[]")));
        Assert.Throws<PlcFaultException>(() => PlcAuditLog.Replay(did, JsonElement.Parse("""{"message":"no"}""")));
        Assert.Throws<PlcFaultException>(() => PlcAuditLog.Replay(did, JsonElement.Parse("[1]")));
        Assert.Equal(PlcFault.TooLarge, Assert.Throws<PlcFaultException>(
            () => PlcAuditLog.Replay(did, JsonSerializer.SerializeToElement(new int[2001]))).Fault);
    }

    private static void AssertFault(PlcFault expected, PlcLogBuilder log) =>
        Assert.Equal(expected, Assert.Throws<PlcFaultException>(() => log.Replay()).Fault);
}
