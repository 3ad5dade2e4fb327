using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Finds blob references in a record, at any depth and in both forms.
/// </summary>
/// <remarks>
/// The form of today is a map of exactly <c>$type</c> ("blob"), <c>ref</c> (a raw link), <c>mimeType</c> (with a slash) and
/// <c>size</c> (not negative); the old form is a map of exactly <c>cid</c> (text) and <c>mimeType</c> (not empty). Maps of two and
/// four fields are candidates. Since fields come in canonical order and none of a reference's values is a container, one state
/// follows a candidate from its start to its last field, which is <c>mimeType</c> in both forms.
/// Source: atproto.com/specs/data-model, "Blob Type".
/// </remarks>
internal struct BlobVisitor<TSink>(TSink sink) : IDagCborVisitor
    where TSink : struct, IBlobSink
{
    private TSink _sink = sink;
    private State _state;
    private Cid _cid;
    private CidText _text;
    private long _size;

    /// <summary>The sink, with whatever it noted.</summary>
    public readonly TSink Sink => _sink;

    private enum State
    {
        None,
        ExpectRefKey, ExpectRef, ExpectSizeKey, ExpectSize, ExpectTypeKey, ExpectType, ExpectMimeKey, ExpectMime,
        ExpectCidKey, ExpectCid, ExpectOldMimeKey, ExpectOldMime,
    }

    public void MapStart(int count) => _state = count switch
    {
        4 => State.ExpectRefKey,
        2 => State.ExpectCidKey,
        _ => State.None,
    };

    public void ArrayStart(int count) => _state = State.None;

    public void ArrayEnd() => _state = State.None;

    public void MapEnd() => _state = State.None;

    public void Key(ReadOnlySpan<byte> utf8)
    {
        if (_state == State.None) return;
        _state = _state switch
        {
            State.ExpectRefKey when utf8.SequenceEqual("ref"u8) => State.ExpectRef,
            State.ExpectSizeKey when utf8.SequenceEqual("size"u8) => State.ExpectSize,
            State.ExpectTypeKey when utf8.SequenceEqual("$type"u8) => State.ExpectType,
            State.ExpectMimeKey when utf8.SequenceEqual("mimeType"u8) => State.ExpectMime,
            State.ExpectCidKey when utf8.SequenceEqual("cid"u8) => State.ExpectCid,
            State.ExpectOldMimeKey when utf8.SequenceEqual("mimeType"u8) => State.ExpectOldMime,
            _ => State.None,
        };
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        if (_state == State.None) return;
        if (_state == State.ExpectMime && utf8.Contains((byte)'/')) _sink.Found(_cid, utf8, _size);
        else if (_state == State.ExpectOldMime && !utf8.IsEmpty && TryParseCid(_text, out var old)) _sink.Found(old, utf8, null);
        _state = _state switch
        {
            State.ExpectType when utf8.SequenceEqual("blob"u8) => State.ExpectMimeKey,
            State.ExpectCid when TryKeep(utf8) => State.ExpectOldMimeKey,
            _ => State.None,
        };
    }

    public void Link(ReadOnlySpan<byte> cid)
    {
        if (_state != State.ExpectRef)
        {
            _state = State.None;
            return;
        }
        _cid = Cid.FromBinary(cid);
        _state = _cid.Codec == CidCodec.Raw ? State.ExpectSizeKey : State.None;
    }

    public void Integer(long value)
    {
        _state = _state == State.ExpectSize && value >= 0 ? State.ExpectTypeKey : State.None;
        _size = value;
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => _state = State.None;

    public void Boolean(bool value) => _state = State.None;

    public void Null() => _state = State.None;

    /// <summary>Keeps what may be the text of a CID: it is parsed only when the second field shows that this is a reference.</summary>
    private bool TryKeep(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length != Cid.TextLength) return false;
        utf8.CopyTo(_text);
        return true;
    }

    private static bool TryParseCid(ReadOnlySpan<byte> utf8, out Cid cid)
    {
        cid = default;
        Span<char> text = stackalloc char[Cid.TextLength];
        return System.Text.Encoding.UTF8.TryGetChars(utf8, text, out var length) && Cid.TryParse(text[..length], out cid);
    }

    [InlineArray(Cid.TextLength)]
    private struct CidText
    {
        private byte _first;
    }
}
