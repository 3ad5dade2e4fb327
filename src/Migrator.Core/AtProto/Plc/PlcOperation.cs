using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>The ordinary operation, also the first one of every identity made since 2023: it states the whole identity anew.</summary>
public sealed class PlcOperation(PlcOperationBody body, Cid? prev) : UnsignedPlcOperation(prev)
{
    internal const string TypeName = "plc_operation";

    public override PlcOperationBody Body { get; } = body;

    internal override IReadOnlyList<KeyValuePair<string, object?>> Fields =>
    [
        Field("type", TypeName),
        Field("rotationKeys", Body.RotationKeys),
        Field("verificationMethods", Body.VerificationMethods),
        Field("alsoKnownAs", Body.AlsoKnownAs),
        Field("services", Body.Services),
        Field("prev", PrevField),
    ];
}
