using System.Buffers.Binary;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The blob references of one record, taken down when the record was hashed and judged, so that it need not be read again: first
/// their number (one byte), then for each the CID (36 bytes), the size (8; -1 for none), the length of the MIME type (one byte) and
/// that type.
/// </summary>
/// <remarks>A buffer that is used for one record after another.</remarks>
internal sealed class BlobNotes
{
    private const int FixedBytes = Cid.BinaryLength + sizeof(long) + 1;
    private const long NoSize = -1;

    private readonly byte[] _bytes = new byte[4096];
    private int _filled;

    /// <summary>Whether there was at least one reference.</summary>
    public bool Any => _bytes[0] > 0 || IsTooLong;

    /// <summary>There are more references, or longer types, than are taken down: the record must be read again.</summary>
    public bool IsTooLong { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _filled);

    public void Clear()
    {
        _bytes[0] = 0;
        _filled = 1;
        IsTooLong = false;
    }

    public void Add(in Cid cid, ReadOnlySpan<byte> mimeType, long? size)
    {
        var room = _bytes.Length - _filled;
        IsTooLong |= _bytes[0] == byte.MaxValue || mimeType.Length > byte.MaxValue || room < FixedBytes + mimeType.Length;
        if (IsTooLong) return;
        var rest = _bytes.AsSpan(_filled);
        cid.CopyTo(rest);
        BinaryPrimitives.WriteInt64LittleEndian(rest[Cid.BinaryLength..], size ?? NoSize);
        rest[FixedBytes - 1] = (byte)mimeType.Length;
        mimeType.CopyTo(rest[FixedBytes..]);
        _filled += FixedBytes + mimeType.Length;
        _bytes[0]++;
    }

    /// <summary>Tells the sink about each reference.</summary>
    /// <param name="bytes">What <see cref="Bytes"/> was; anything may follow.</param>
    /// <param name="sink">Is told in the order of the record.</param>
    public static void Tell<TSink>(ReadOnlySpan<byte> bytes, ref TSink sink) where TSink : struct, IBlobSink
    {
        var rest = bytes[1..];
        for (int left = bytes[0]; left > 0; left--)
        {
            var size = BinaryPrimitives.ReadInt64LittleEndian(rest[Cid.BinaryLength..]);
            var end = FixedBytes + rest[FixedBytes - 1];
            sink.Found(Cid.FromCheckedBinary(rest), rest[FixedBytes..end], size == NoSize ? null : size);
            rest = rest[end..];
        }
    }
}
