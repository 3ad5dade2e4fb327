using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Migrations;

namespace Migrator.Core.Tests.Migrations;

/// <summary>Documents of a migration in given situations, for tests of the pure parts.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static readonly Cid SomeCid = Cid.ForDagCbor([1]);

    public static MigrationRequest Request { get; } = new()
    {
        Did = Did.Parse("did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        SourceHandle = Handle.Parse("alice.a.test"),
        SourcePds = new Uri("https://a.example.com"),
        StartedAt = Now,
    };

    public static MigrationProgress At(StepName step) => new()
    {
        State = MigrationPlan.StateDuring(step),
        Step = step,
        Identity = new IdentityFacts(Request.Did, Request.SourceHandle, Request.SourcePds, "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", "prev", [], null),
    };

    public static Hold Hold(HoldCause cause, int tries = 0, DateTimeOffset? until = null) => new(cause, "message", "safe", "do", Now, tries, until);

    public static SignedOperation Operation { get; } = new(SomeCid, "prev", System.Text.Json.JsonSerializer.SerializeToElement(new { }), []);

    /// <summary>The old account is off, nothing is sent yet.</summary>
    public static MigrationProgress InTheCut(StepName step) =>
        At(step) with { Cutover = new CutoverFacts { SourceDeactivatedAt = Now, Operation = Operation, GoTaken = 1 } };
}
