namespace Migrator.Core.AtProto.DagCbor;

/// <summary>
/// Is told about every value that <see cref="DagCborWalker"/> passes, in order. Spans live only during the call.
/// Implemented by structs, so that the walk is compiled once per visitor and the calls cost nothing.
/// </summary>
internal interface IDagCborVisitor
{
    void MapStart(int count);
    void ArrayStart(int count);
    void MapEnd();
    void ArrayEnd();
    void Key(ReadOnlySpan<byte> utf8);
    void Text(ReadOnlySpan<byte> utf8);
    void Bytes(ReadOnlySpan<byte> bytes);
    void Integer(long value);
    void Boolean(bool value);
    void Null();

    /// <param name="cid">The 36 bytes of the link's CID, checked.</param>
    void Link(ReadOnlySpan<byte> cid);
}

/// <summary>A visitor that wants to know nothing: the walk is then only a check.</summary>
internal readonly struct DagCborNoVisitor : IDagCborVisitor
{
    public void MapStart(int count) { }
    public void ArrayStart(int count) { }
    public void MapEnd() { }
    public void ArrayEnd() { }
    public void Key(ReadOnlySpan<byte> utf8) { }
    public void Text(ReadOnlySpan<byte> utf8) { }
    public void Bytes(ReadOnlySpan<byte> bytes) { }
    public void Integer(long value) { }
    public void Boolean(bool value) { }
    public void Null() { }
    public void Link(ReadOnlySpan<byte> cid) { }
}
