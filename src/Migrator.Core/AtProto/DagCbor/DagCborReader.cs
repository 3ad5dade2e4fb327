using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Text.Unicode;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.DagCbor;

/// <summary>
/// Strict forward reader of DAG-CBOR as AT Protocol uses it: every value has exactly one valid form and any other is refused.
/// </summary>
/// <remarks>
/// Refused: lengths or integers not in shortest form, indefinite lengths, floats, tags other than 42, <c>undefined</c>, integers
/// beyond 64 signed bits, text that is not UTF-8, links that are not a <see cref="Cid"/>. Maps are read with
/// <see cref="ReadMap"/>, whose cursor refuses keys that are out of order or repeated. Nothing is allocated and no length is
/// believed before the bytes are there. Every method throws <see cref="RepoFaultException"/> on bytes that break a rule.
/// Source: atproto.com/specs/data-model; ipld.io/specs/codecs/dag-cbor.
/// </remarks>
public ref struct DagCborReader
{
    /// <summary>The least that an element, and a field with its name, can take.</summary>
    internal const int BytesPerElement = 1, BytesPerField = 2;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _origin;
    private int _position;

    /// <param name="bytes">One or more items.</param>
    /// <param name="origin">Where <paramref name="bytes"/> begin in the file, so that faults name the place.</param>
    public DagCborReader(ReadOnlySpan<byte> bytes, long origin = 0)
    {
        _bytes = bytes;
        _origin = origin;
    }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    public readonly bool AtEnd => _position == _bytes.Length;

    /// <summary>The kind of the next value, without moving.</summary>
    public readonly DagCborType Peek()
    {
        if (_position >= _bytes.Length) Fail(RepoFault.CborTruncated, _position, "a value is expected");
        var first = _bytes[_position];
        switch (first >> 5)
        {
            case 0 or 1: return DagCborType.Integer;
            case 2: return DagCborType.Bytes;
            case 3: return DagCborType.Text;
            case 4: return DagCborType.Array;
            case 5: return DagCborType.Map;
            case 6: return DagCborType.Link;
        }
        switch (first)
        {
            case 0xf4 or 0xf5: return DagCborType.Boolean;
            case 0xf6: return DagCborType.Null;
            case 0xf9 or 0xfa or 0xfb: Fail(RepoFault.CborFloat, _position, "a floating-point number"); break;
            case 0xff: Fail(RepoFault.CborIndefiniteLength, _position, "a break code"); break;
        }
        Fail(RepoFault.CborSimpleValue, _position, $"simple value 0x{first:x2}");
        return default;
    }

    public long ReadInteger()
    {
        var start = _position;
        var value = ReadHead(out var major);
        if (major > 1) FailType(start, "an integer");
        return CheckInteger(major, value, start);
    }

    /// <summary>The value as UTF-8, already checked.</summary>
    public ReadOnlySpan<byte> ReadTextUtf8()
    {
        var start = _position;
        var text = ReadString(3, "text");
        CheckUtf8(text, start);
        return text;
    }

    public string ReadText() => System.Text.Encoding.UTF8.GetString(ReadTextUtf8());

    public ReadOnlySpan<byte> ReadBytes() => ReadString(2, "a byte string");

    public Cid ReadLink()
    {
        var start = _position;
        if (!Cid.TryReadBinary(ReadLinkBinary(), out var cid)) Fail(RepoFault.CborLink, start, "not a CIDv1 with sha2-256");
        return cid;
    }

    public bool ReadBoolean()
    {
        if (Peek() != DagCborType.Boolean) FailType(_position, "true or false");
        return _bytes[_position++] == 0xf5;
    }

    public void ReadNull()
    {
        if (!TryReadNull()) FailType(_position, "null");
    }

    /// <summary>Moves past a null if one is next.</summary>
    public bool TryReadNull()
    {
        if (Peek() != DagCborType.Null) return false;
        _position++;
        return true;
    }

    /// <summary>Reads the start of an array and gives the number of its elements, which follow.</summary>
    public int ReadArray() => ReadContainer(4, "an array", BytesPerElement);

    /// <summary>Reads the start of a map; the cursor gives its keys, and the caller reads one value after each.</summary>
    public DagCborMapCursor ReadMap() => new(ReadContainer(5, "a map", BytesPerField));

    /// <summary>Moves past one value of any kind, holding it to every rule.</summary>
    public void Skip()
    {
        var nothing = default(DagCborNoVisitor);
        DagCborWalker.Walk(ref this, ref nothing);
    }

    /// <summary>Says that the item must end here.</summary>
    public readonly void ExpectEnd()
    {
        if (!AtEnd) Fail(RepoFault.CborTrailingBytes, _position, $"{_bytes.Length - _position} bytes after the item");
    }

    /// <summary>Reads a key and checks its kind and size; its order is the caller's to check.</summary>
    internal ReadOnlySpan<byte> ReadKey()
    {
        var start = _position;
        if (TryReadShortText(out var shortKey)) return shortKey;
        if (start < _bytes.Length && _bytes[start] >> 5 != 3) Fail(RepoFault.CborKeyNotText, start, "a field name must be text");
        var key = ReadTextUtf8();
        if (key.Length > DagCborLimits.MaxKeyLength) Fail(RepoFault.CborSize, start, $"a field name of {key.Length} bytes");
        return key;
    }

    /// <summary>Reads tag 42 and gives the 36 bytes after the leading zero; that they are a CID is the caller's to check.</summary>
    internal ReadOnlySpan<byte> ReadLinkBinary()
    {
        var start = _position;
        var tag = ReadHead(out var major);
        if (major != 6) FailType(start, "a link");
        return TakeLinkContent(tag, start);
    }

    /// <summary>
    /// Reads the head of a value of any kind. For majors 0 to 6 the value is the integer, the length or the tag; for major 7 it is
    /// the byte itself, one of false, true and null.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong ReadAnyHead(out int major)
    {
        if ((uint)_position < (uint)_bytes.Length && _bytes[_position] >= 0xe0)
        {
            Peek();
            major = 7;
            return _bytes[_position++];
        }
        return ReadHead(out major);
    }

    /// <summary>Takes the content of a string whose head was just read at <paramref name="start"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan<byte> TakeContent(ulong length, int start)
    {
        if (length > (ulong)(_bytes.Length - _position)) Fail(RepoFault.CborTruncated, start, $"{length} bytes announced");
        var content = _bytes.Slice(_position, (int)length);
        _position += (int)length;
        return content;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly void CheckUtf8(ReadOnlySpan<byte> text, int start)
    {
        if (!IsShortAscii(text) && !IsAscii(text) && !Utf8.IsValid(text)) Fail(RepoFault.CborUtf8, start, "text is not UTF-8");
    }

    /// <summary>Text of less than 24 bytes, which is what field names are; anything else is left where it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadShortText(out ReadOnlySpan<byte> text)
    {
        text = default;
        if ((uint)_position >= (uint)_bytes.Length) return false;
        var length = _bytes[_position] - 0x60;
        if ((uint)length >= 24 || length >= _bytes.Length - _position) return false;
        text = _bytes.Slice(_position + 1, length);
        CheckUtf8(text, _position);
        _position += 1 + length;
        return true;
    }

    /// <summary>Whether all bytes of a text of at least 16 are plain; 16 are looked at at once, the last of them perhaps twice.</summary>
    private static bool IsAscii(ReadOnlySpan<byte> text)
    {
        if (text.Length < Vector128<byte>.Count) return false;
        var all = Vector128.Create(text[^Vector128<byte>.Count..]);
        for (; text.Length > Vector128<byte>.Count; text = text[Vector128<byte>.Count..]) all |= Vector128.Create(text);
        return all.ExtractMostSignificantBits() == 0;
    }

    /// <summary>Field names and most texts are short and plain; for those the general check costs more than all else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsShortAscii(ReadOnlySpan<byte> text)
    {
        const ulong HighBits = 0x8080808080808080;
        const uint HighBitsOfFour = 0x80808080;
        switch (text.Length)
        {
            case >= 8 and <= 16:
                var longs = BinaryPrimitives.ReadUInt64LittleEndian(text) | BinaryPrimitives.ReadUInt64LittleEndian(text[^8..]);
                return (longs & HighBits) == 0;
            case >= 4 and < 8:
                var words = BinaryPrimitives.ReadUInt32LittleEndian(text) | BinaryPrimitives.ReadUInt32LittleEndian(text[^4..]);
                return (words & HighBitsOfFour) == 0;
            case > 0 and < 4:
                return (text[0] | text[text.Length / 2] | text[^1]) < 0x80;
            default:
                return text.IsEmpty;
        }
    }

    internal readonly int CheckCount(ulong count, int bytesPerElement, int start)
    {
        if (count > DagCborLimits.MaxContainerLength) Fail(RepoFault.CborSize, start, $"{count} elements");
        if (count * (ulong)bytesPerElement > (ulong)(_bytes.Length - _position)) Fail(RepoFault.CborTruncated, start, $"{count} elements announced");
        return (int)count;
    }

    internal readonly long CheckInteger(int major, ulong value, int start)
    {
        if (value > long.MaxValue) Fail(RepoFault.CborIntegerRange, start, "beyond 64 signed bits");
        return major == 0 ? (long)value : -1 - (long)value;
    }

    internal ReadOnlySpan<byte> TakeLinkContent(ulong tag, int start)
    {
        if (tag != 42) Fail(RepoFault.CborTag, start, $"tag {tag}");
        if (_position >= _bytes.Length || _bytes[_position] >> 5 != 2) Fail(RepoFault.CborLink, start, "no byte string behind the tag");
        var content = ReadString(2, "a byte string");
        if (content.Length != Cid.BinaryLength + 1 || content[0] != 0) Fail(RepoFault.CborLink, start, $"a link of {content.Length} bytes");
        return content[1..];
    }

    internal readonly ReadOnlySpan<byte> Slice(int start, int length) => _bytes.Slice(start, length);

    [DoesNotReturn]
    internal readonly void Fail(RepoFault fault, int position, string detail) =>
        throw new RepoFaultException(fault, _origin + position, detail);

    [DoesNotReturn]
    private void FailType(int position, string expected)
    {
        _position = position;
        Fail(RepoFault.CborUnexpectedType, position, $"{expected} is expected, {Peek()} found");
    }

    private int ReadContainer(int expectedMajor, string name, int bytesPerElement)
    {
        var start = _position;
        var count = ReadHead(out var major);
        if (major != expectedMajor) FailType(start, name);
        return CheckCount(count, bytesPerElement, start);
    }

    private ReadOnlySpan<byte> ReadString(int expectedMajor, string name)
    {
        var start = _position;
        var length = ReadHead(out var major);
        if (major != expectedMajor) FailType(start, name);
        return TakeContent(length, start);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong ReadHead(out int major)
    {
        if ((uint)_position >= (uint)_bytes.Length) Fail(RepoFault.CborTruncated, _position, "a value is expected");
        var first = _bytes[_position];
        major = first >> 5;
        var info = first & 31;
        if (info >= 24 || major == 7) return ReadLongHead(major, info);
        _position++;
        return (uint)info;
    }

    private ulong ReadLongHead(int major, int info)
    {
        var start = _position;
        if (major == 7) FailType(start, "another value");
        if (info == 31) Fail(RepoFault.CborIndefiniteLength, start, "an indefinite length");
        if (info > 27) Fail(RepoFault.CborSimpleValue, start, $"reserved length code {info}");
        var size = 1 << (info - 24);
        if (_bytes.Length - start - 1 < size) Fail(RepoFault.CborTruncated, start, "a length or number is cut");
        var rest = _bytes[(start + 1)..];
        _position = start + 1 + size;
        var (value, smallest) = size switch
        {
            1 => (rest[0], 24UL),
            2 => (BinaryPrimitives.ReadUInt16BigEndian(rest), 1UL << 8),
            4 => (BinaryPrimitives.ReadUInt32BigEndian(rest), 1UL << 16),
            _ => (BinaryPrimitives.ReadUInt64BigEndian(rest), 1UL << 32),
        };
        if (value < smallest) Fail(RepoFault.CborNotShortest, start, $"{value} in {size} bytes");
        return value;
    }
}
