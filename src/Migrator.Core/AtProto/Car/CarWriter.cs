using System.Buffers;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Car;

/// <summary>Writes a CAR file, version 1: the header, then blocks in the order given. Blocks are trusted to match their CID.</summary>
/// <remarks>Bytes are collected and go to the stream in large pieces and on <see cref="Flush"/>; the stream stays the caller's.</remarks>
public sealed class CarWriter
{
    private const int FlushAt = 128 * 1024;

    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _pending = new(FlushAt + 4096);

    /// <summary>Starts the file with a header that names one root.</summary>
    public CarWriter(Stream stream, Cid root)
    {
        _stream = stream;
        var header = new DagCborWriter();
        header.BeginMap();
        header.WriteKey("roots");
        header.BeginArray();
        header.WriteLink(root);
        header.EndArray();
        header.WriteKey("version");
        header.WriteInteger(1);
        header.EndMap();
        WriteLength(header.WrittenSpan.Length);
        _pending.Write(header.WrittenSpan);
    }

    public void WriteBlock(Cid cid, ReadOnlySpan<byte> data)
    {
        WriteLength(Cid.BinaryLength + data.Length);
        cid.CopyTo(_pending.GetSpan(Cid.BinaryLength));
        _pending.Advance(Cid.BinaryLength);
        _pending.Write(data);
        if (_pending.WrittenCount >= FlushAt) Flush();
    }

    /// <summary>Hands everything to the stream; call it after the last block.</summary>
    public void Flush()
    {
        _stream.Write(_pending.WrittenSpan);
        _pending.ResetWrittenCount();
    }

    private void WriteLength(int length) => _pending.Advance(Varint.Write(_pending.GetSpan(Varint.MaxLength), (ulong)length));
}
