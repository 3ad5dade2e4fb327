using System.Buffers.Binary;
using System.Text;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.DagCbor;

/// <summary>
/// Writes DAG-CBOR in its one canonical form. Maps may be given their fields in any order: they are sorted when the map ends.
/// </summary>
/// <remarks>
/// Use: <see cref="BeginMap"/>, then <see cref="WriteKey"/> and one value per field, then <see cref="EndMap"/>. Misuse (a value
/// without a key, a field twice, an unfinished container, text with half a surrogate pair) is our bug and throws ordinary
/// exceptions. An instance can be used again after <see cref="Clear"/>.
/// </remarks>
public sealed class DagCborWriter
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private const int MaxHeadLength = 9;

    private readonly Stack<Container> _open = new();
    private byte[] _buffer = new byte[256];
    private int _length;

    /// <summary>The finished item.</summary>
    /// <exception cref="InvalidOperationException">A map or array is still open, or nothing was written.</exception>
    public ReadOnlySpan<byte> WrittenSpan
    {
        get
        {
            if (_open.Count > 0) throw new InvalidOperationException("A map or array is still open.");
            if (_length == 0) throw new InvalidOperationException("Nothing was written.");
            return _buffer.AsSpan(0, _length);
        }
    }

    /// <inheritdoc cref="WrittenSpan"/>
    public byte[] ToArray() => WrittenSpan.ToArray();

    public void Clear()
    {
        _length = 0;
        _open.Clear();
    }

    public void BeginMap() => Begin(isMap: true);

    public void EndMap()
    {
        var map = End(isMap: true);
        if (map.KeyPending) throw new InvalidOperationException("A key has no value.");
        Sort(map);
        InsertHead(map.Start, 5, map.Count);
    }

    public void BeginArray() => Begin(isMap: false);

    public void EndArray()
    {
        var array = End(isMap: false);
        InsertHead(array.Start, 4, array.Count);
    }

    public void WriteKey(string key)
    {
        if (!_open.TryPeek(out var map) || !map.IsMap || map.KeyPending) throw new InvalidOperationException("No key can stand here.");
        map.Keys.Add(_length);
        map.KeyPending = true;
        WriteTextItem(key);
    }

    public void WriteText(string value)
    {
        BeforeValue();
        WriteTextItem(value);
    }

    public void WriteInteger(long value)
    {
        BeforeValue();
        if (value >= 0) WriteHead(0, (ulong)value);
        else WriteHead(1, (ulong)(-1 - value));
    }

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        BeforeValue();
        WriteHead(2, (ulong)value.Length);
        value.CopyTo(Take(value.Length));
    }

    public void WriteLink(Cid cid)
    {
        BeforeValue();
        var destination = Take(5 + Cid.BinaryLength);
        cid.CopyTo(destination[5..]);
        ReadOnlySpan<byte> tagAndLength = [0xd8, 0x2a, 0x58, Cid.BinaryLength + 1, 0];
        tagAndLength.CopyTo(destination);
    }

    public void WriteBoolean(bool value)
    {
        BeforeValue();
        Take(1)[0] = value ? (byte)0xf5 : (byte)0xf4;
    }

    public void WriteNull()
    {
        BeforeValue();
        Take(1)[0] = 0xf6;
    }

    /// <summary>Writes one value that is encoded already; that it is one, and canonical, is the caller's to know.</summary>
    public void WriteEncoded(ReadOnlySpan<byte> item)
    {
        BeforeValue();
        item.CopyTo(Take(item.Length));
    }

    private void Begin(bool isMap)
    {
        BeforeValue();
        _open.Push(new Container(isMap, _length));
    }

    private Container End(bool isMap)
    {
        if (!_open.TryPeek(out var container) || container.IsMap != isMap) throw new InvalidOperationException("No such container is open.");
        return _open.Pop();
    }

    private void BeforeValue()
    {
        if (!_open.TryPeek(out var container))
        {
            if (_length > 0) throw new InvalidOperationException("There can be only one item.");
            return;
        }
        if (container.IsMap && !container.KeyPending) throw new InvalidOperationException("A value in a map needs a key.");
        container.KeyPending = false;
        container.Count++;
    }

    /// <summary>Brings the fields of the map, which stand at the end of the output, into canonical order.</summary>
    private void Sort(Container map)
    {
        var fields = new (int Start, int End)[map.Count];
        var sorted = true;
        for (var i = 0; i < map.Count; i++)
        {
            fields[i] = (map.Keys[i], i + 1 < map.Count ? map.Keys[i + 1] : _length);
            if (i > 0) sorted &= CompareKeys(fields[i - 1].Start, fields[i].Start) < 0;
        }
        if (sorted) return;

        Array.Sort(fields, (a, b) => CompareKeys(a.Start, b.Start));
        for (var i = 1; i < fields.Length; i++)
        {
            if (CompareKeys(fields[i - 1].Start, fields[i].Start) == 0) throw new InvalidOperationException("A map has the same key twice.");
        }
        var unsorted = _buffer.AsSpan(map.Start, _length - map.Start).ToArray();
        var at = map.Start;
        foreach (var (start, end) in fields)
        {
            unsorted.AsSpan(start - map.Start, end - start).CopyTo(_buffer.AsSpan(at));
            at += end - start;
        }
    }

    /// <summary>Encoded keys begin with their length, so the order of their bytes is the canonical one.</summary>
    private int CompareKeys(int left, int right) => EncodedText(left).SequenceCompareTo(EncodedText(right));

    private ReadOnlySpan<byte> EncodedText(int start)
    {
        var item = _buffer.AsSpan(start, _length - start);
        var reader = new DagCborReader(item);
        reader.ReadTextUtf8();
        return item[..reader.Position];
    }

    /// <summary>Puts the head of a container before its content, which is already written.</summary>
    private void InsertHead(int start, int major, int count)
    {
        var contentLength = _length - start;
        WriteHead(major, (ulong)count);
        var headLength = _length - start - contentLength;
        Span<byte> head = stackalloc byte[MaxHeadLength];
        _buffer.AsSpan(start + contentLength, headLength).CopyTo(head);
        _buffer.AsSpan(start, contentLength).CopyTo(_buffer.AsSpan(start + headLength));
        head[..headLength].CopyTo(_buffer.AsSpan(start));
    }

    private void WriteTextItem(string value)
    {
        var length = StrictUtf8.GetByteCount(value);
        WriteHead(3, (ulong)length);
        StrictUtf8.GetBytes(value, Take(length));
    }

    private void WriteHead(int major, ulong value)
    {
        int info, size;
        if (value < 24) (info, size) = ((int)value, 0);
        else if (value <= byte.MaxValue) (info, size) = (24, 1);
        else if (value <= ushort.MaxValue) (info, size) = (25, 2);
        else if (value <= uint.MaxValue) (info, size) = (26, 4);
        else (info, size) = (27, 8);
        Span<byte> bigEndian = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bigEndian, value);
        var destination = Take(1 + size);
        destination[0] = (byte)((major << 5) | info);
        bigEndian[(8 - size)..].CopyTo(destination[1..]);
    }

    /// <summary>Makes room for <paramref name="count"/> bytes at the end of the output.</summary>
    private Span<byte> Take(int count)
    {
        if (_buffer.Length - _length < count) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, checked(_length + count)));
        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }

    private sealed class Container(bool isMap, int start)
    {
        public bool IsMap { get; } = isMap;
        public int Start { get; } = start;
        public List<int> Keys { get; } = [];
        public int Count { get; set; }
        public bool KeyPending { get; set; }
    }
}
