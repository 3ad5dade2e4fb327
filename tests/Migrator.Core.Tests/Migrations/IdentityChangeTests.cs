using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Core.Tests.AtProto.Plc;
using Xunit;
using static Migrator.Core.Tests.AtProto.Plc.TestKeys;

namespace Migrator.Core.Tests.Migrations;

/// <summary>The operation of a move once it is signed: whether it may still be sent, and the way back from it.</summary>
public class IdentityChangeTests
{
    private static readonly HostCredentials OldHost = Host("old.test", Signing, OldServer);
    private static readonly HostCredentials NewHost = Host("new.test", NewSigning, NewServer);

    private readonly PlcLogBuilder _log = new PlcLogBuilder().Add(PlcLogBuilder.Body(OldServer, Other), OldServer);

    [Fact]
    public void A_signed_operation_is_kept_as_long_as_it_is_what_would_be_signed()
    {
        var context = Signed();
        Assert.True(IdentityChange.KeepsOperation(context, _log.Replay()));
        Assert.NotNull(context.Cutover.Operation);
    }

    [Fact]
    public void An_operation_that_names_another_recovery_key_is_thrown_away()
    {
        var context = Signed(Request with { RecoveryKey = new RecoveryKey(NewSigning.PublicKey.DidKey, RecoveryKeyOrigin.Brought, null) });
        Assert.False(IdentityChange.KeepsOperation(context, _log.Replay()));
        Assert.Null(context.Cutover.Operation);
    }

    [Fact]
    public void An_operation_that_the_new_server_refused_is_thrown_away_unless_the_directory_took_it_after_all()
    {
        var context = Signed();
        context.Cutover = context.Cutover with { OperationRefused = true };
        var taken = _log.Replay().FollowedBy(SignedPlcOperation.FromJson(context.Cutover.Operation!.Json), Sample.Now);
        Assert.True(IdentityChange.KeepsOperation(context, taken));
        Assert.False(IdentityChange.KeepsOperation(context, _log.Replay()));
        Assert.Null(context.Cutover.Operation);
    }

    [Fact]
    public void The_way_back_puts_everything_back_as_it_was()
    {
        var (context, moved) = Moved();
        var (back, trouble) = IdentityChange.PlanWayBack(context.Request, context.Progress, moved.Replay(), User.PublicKey);
        Assert.Null(trouble);
        Assert.Equal(Keys(User, OldServer, Other), back!.Operation.Body.RotationKeys);
        Assert.Equal("https://old.test", back.Operation.Body.PdsEndpoint);
        Assert.Equal(["at://alice.old.test"], back.Operation.Body.AlsoKnownAs);
    }

    [Fact]
    public void The_way_back_keeps_what_the_owner_changed_since_the_move()
    {
        var (context, moved) = Moved();
        using var added = PrivateKey.Generate(KeyCurve.K256);
        var now = moved.Replay().Current;
        var services = new OrderedDictionary<string, ServiceEntry>(now.Services) { ["labeler"] = new("AtprotoLabeler", "https://labels.test") };
        moved.Add(now with { RotationKeys = Keys(User, added, Other, NewServer), Services = services }, User);

        var (back, trouble) = IdentityChange.PlanWayBack(context.Request, context.Progress, moved.Replay(), User.PublicKey);

        Assert.Null(trouble);
        Assert.Equal(Keys(User, added, Other, OldServer), back!.Operation.Body.RotationKeys);
        Assert.Equal("https://old.test", back.Operation.Body.PdsEndpoint);
        Assert.Equal("https://labels.test", back.Operation.Body.Services["labeler"].Endpoint);
        Assert.Equal(Signing.PublicKey, back.Operation.Body.SigningKey);
    }

    [Fact]
    public void There_is_no_way_back_for_an_account_that_has_moved_on()
    {
        var (context, moved) = Moved();
        var services = new OrderedDictionary<string, ServiceEntry> { ["atproto_pds"] = new("AtprotoPersonalDataServer", "https://third.test") };
        moved.Add(moved.Replay().Current with { Services = services }, User);

        var (back, trouble) = IdentityChange.PlanWayBack(context.Request, context.Progress, moved.Replay(), User.PublicKey);

        Assert.Null(back);
        Assert.Contains("third.test", trouble);
    }

    private static MigrationRequest Request => Sample.Request with
    {
        Target = new TargetServer(new Uri("https://new.test"), "did:web:new.test", [".new.test"], false, null),
        NewAccount = new TargetAccount(Handle.Parse("alice.new.test"), "alice@example.com", false),
        RecoveryKey = new RecoveryKey(User.PublicKey.DidKey, RecoveryKeyOrigin.Made, Sample.Now),
    };

    /// <summary>The operation is signed for <see cref="Request"/>; the request may say something else since.</summary>
    private MigrationContext Signed(MigrationRequest? since = null)
    {
        var history = _log.Replay();
        var progress = Sample.At(StepName.SignIdentity) with { Target = new TargetFacts("did:web:new.test", Request.NewAccount!.Handle, Sample.Now, false, NewHost) };
        progress = progress with { Identity = progress.Identity! with { OldHost = OldHost, HeadCid = history.Head.Cid.ToString() } };
        var signed = IdentityChange.Plan(Request, progress, history).Operation.Sign(OldServer);
        progress = progress with
        {
            Cutover = new CutoverFacts { Operation = new SignedOperation(signed.Cid, signed.Prev!.Value.ToString(), signed.ToJson(), []) },
        };
        return new MigrationContext(
            new Lease(MigrationId.New(), 1, "test"),
            new Migration(MigrationId.New(), "owner", since ?? Request, 1, progress, Sample.Now, Sample.Now),
            new MigrationTools(null!, null!, null!, null!, null!, null!, new MigrationOptions()),
            TimeProvider.System);
    }

    private (MigrationContext Context, PlcLogBuilder Log) Moved()
    {
        var context = Signed();
        return (context, _log.Add(SignedPlcOperation.FromJson(context.Cutover.Operation!.Json)));
    }

    private static string[] Keys(params PrivateKey[] keys) => [.. keys.Select(key => key.PublicKey.DidKey)];

    private static HostCredentials Host(string name, PrivateKey signing, PrivateKey rotation) => new(
        [rotation.PublicKey.DidKey],
        new Dictionary<string, string> { ["atproto"] = signing.PublicKey.DidKey },
        [$"at://alice.{name}"],
        new Uri($"https://{name}"));
}
