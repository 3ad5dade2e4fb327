using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Reads the bytes of a tree node by comparing them with the only bytes that can stand there. Canonical DAG-CBOR leaves a node no
/// choice but its values, so this is a whole parse: it follows every byte from the first to the last and guesses nothing.
/// </summary>
/// <remarks>
/// It says yes or no. What is wrong with a node that it does not take, or whether it is right after all, is for
/// <see cref="MstNode"/> and its strict reader to say; a test holds the two to the same answer.
/// </remarks>
internal ref struct MstNodeScanner(ReadOnlySpan<byte> bytes)
{
    // Tag 42, a byte string of 37 bytes, the leading zero; then the start of a CID: version 1, codec, sha2-256, 32 bytes.
    private const uint LinkHead = 0x25_58_2a_d8;
    private const uint DagCborCid = 0x20_12_71_01;
    private const uint RawCid = 0x20_12_55_01;
    private const int LinkLength = 5 + Cid.BinaryLength;

    /// <summary>An entry's four field names, heads and one link take more; so a count above this share of the bytes is a lie.</summary>
    private const int MinEntryLength = 48;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at = 0;

    /// <param name="bytes">The whole block.</param>
    /// <param name="entries">Is filled, and made larger if need be.</param>
    /// <param name="count">How many entries the node has.</param>
    /// <param name="left">Where the CID of the subtree before the first key stands; <see cref="MstEntry.None"/> for none.</param>
    /// <returns>False when some byte is not the expected one; nothing is known then.</returns>
    public static bool TryScan(ReadOnlySpan<byte> bytes, ref MstEntry[] entries, out int count, out int left)
    {
        var scanner = new MstNodeScanner(bytes);
        left = MstEntry.None;
        count = 0;
        if (!scanner.Take([0xa2, 0x61, (byte)'e']) || !scanner.TakeHead(4, out count)) return false;
        if (count > bytes.Length / MinEntryLength) return false;
        if (count > entries.Length) entries = new MstEntry[Math.Max(count, entries.Length * 2)];
        for (var i = 0; i < count; i++)
        {
            if (!scanner.TakeEntry(ref entries[i])) return false;
        }
        return scanner.Take([0x61, (byte)'l']) && scanner.TakeOptionalLink(out left) && scanner._at == bytes.Length;
    }

    private bool TakeEntry(ref MstEntry entry)
    {
        if (!Take([0xa4, 0x61, (byte)'k']) || !TakeHead(2, out entry.SuffixLength)) return false;
        entry.SuffixStart = _at;
        if (_bytes.Length - _at < entry.SuffixLength) return false;
        _at += entry.SuffixLength;
        return Take([0x61, (byte)'p']) && TakeHead(0, out entry.PrefixLength) && entry.PrefixLength <= MstKey.MaxLength
            && Take([0x61, (byte)'t']) && TakeOptionalLink(out entry.TreeStart)
            && Take([0x61, (byte)'v']) && TakeLink(out entry.ValueStart);
    }

    /// <summary>A fixed piece of text: a map head and a field name, say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Take(ReadOnlySpan<byte> expected)
    {
        if (!_bytes[_at..].StartsWith(expected)) return false;
        _at += expected.Length;
        return true;
    }

    /// <summary>A head of a major type, up to 65535 and in shortest form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TakeHead(int major, out int value)
    {
        value = 0;
        if (_at + 2 >= _bytes.Length) return false;
        var info = _bytes[_at] - (major << 5);
        if (info is >= 0 and < 24)
        {
            value = info;
            _at++;
            return true;
        }
        if (info == 24)
        {
            value = _bytes[_at + 1];
            _at += 2;
            return value >= 24;
        }
        if (info != 25) return false;
        value = (_bytes[_at + 1] << 8) | _bytes[_at + 2];
        _at += 3;
        return value > 255;
    }

    /// <summary>A link, or null.</summary>
    private bool TakeOptionalLink(out int cidStart)
    {
        cidStart = MstEntry.None;
        if (_at == _bytes.Length) return false;
        if (_bytes[_at] != 0xf6) return TakeLink(out cidStart);
        _at++;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TakeLink(out int cidStart)
    {
        cidStart = _at + LinkLength - Cid.BinaryLength;
        if (_bytes.Length - _at < LinkLength) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(_bytes[_at..]) != LinkHead || _bytes[_at + 4] != 0) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(_bytes[(_at + 5)..]) is not (DagCborCid or RawCid)) return false;
        _at += LinkLength;
        return true;
    }
}
