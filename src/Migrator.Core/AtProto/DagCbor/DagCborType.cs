namespace Migrator.Core.AtProto.DagCbor;

/// <summary>The kinds of value that AT Protocol data has.</summary>
public enum DagCborType
{
    Null,
    Boolean,
    Integer,
    Bytes,
    Text,
    Array,
    Map,
    Link,
}
