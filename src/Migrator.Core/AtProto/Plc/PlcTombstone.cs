using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>The operation that ends an identity. Only a stronger key can take it back, within 72 hours.</summary>
public sealed class PlcTombstone(Cid prev) : UnsignedPlcOperation(prev)
{
    internal const string TypeName = "plc_tombstone";

    public override PlcOperationBody? Body => null;

    internal override IReadOnlyList<KeyValuePair<string, object?>> Fields => [Field("type", TypeName), Field("prev", PrevField)];
}
