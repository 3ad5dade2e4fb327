using System.Buffers;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Accounts;

/// <summary>The bytes are not the ones that the CID names. Nothing of them was kept or passed on as a whole.</summary>
public sealed class BlobMismatchException(Cid expected, long length)
    : IOException($"The server sent {length} bytes for blob {expected}, and they are not the bytes that this CID names.");

/// <summary>
/// Passes a blob through and hashes it on the way, always one piece behind: the last piece is given out only after the hash
/// of everything matched. So a receiver that needs the end to accept a body never accepts a wrong one, and no blob is held whole.
/// </summary>
/// <remarks>Reads throw <see cref="BlobMismatchException"/> instead of giving out the last piece.</remarks>
public sealed class CheckedBlobStream(Stream inner, Cid expected) : ReadOnlyStream
{
    private const int PieceSize = 1 << 16;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _ready = [];
    private byte[] _ahead = [];
    private int _readyLength;
    private int _readyOffset;
    private int _aheadLength = -1;

    /// <summary>Bytes read from the source so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>True once the end was reached and the hash matched.</summary>
    public bool Matched { get; private set; }

    /// <summary>Set when the hash did not match: an HTTP client may have wrapped the exception into one of its own.</summary>
    public BlobMismatchException? Mismatch { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_readyOffset == _readyLength && !await AdvanceAsync(cancellationToken))
            return 0;
        var count = Math.Min(buffer.Length, _readyLength - _readyOffset);
        _ready.AsMemory(_readyOffset, count).CopyTo(buffer);
        _readyOffset += count;
        return count;
    }

    /// <summary>Reads and checks everything and keeps nothing. For a stream that nothing was read from yet.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        while (await FillAsync(piece, ct) > 0)
        {
        }

        ArrayPool<byte>.Shared.Return(piece);
        CheckHash();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<bool> AdvanceAsync(CancellationToken ct)
    {
        if (_aheadLength < 0)
        {
            (_ready, _ahead) = (new byte[PieceSize], new byte[PieceSize]);
            _aheadLength = await FillAsync(_ahead, ct);
        }

        if (_aheadLength == 0)
        {
            CheckHash();
            return false;
        }

        (_ready, _ahead) = (_ahead, _ready);
        (_readyLength, _readyOffset) = (_aheadLength, 0);
        _aheadLength = await FillAsync(_ahead, ct);
        if (_aheadLength == 0)
            CheckHash();
        return true;
    }

    private async ValueTask<int> FillAsync(byte[] piece, CancellationToken ct)
    {
        var length = await inner.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, ct);
        _hash.AppendData(piece, 0, length);
        BytesRead += length;
        return length;
    }

    private void CheckHash()
    {
        if (Matched)
            return;
        Span<byte> digest = stackalloc byte[32];
        _hash.GetHashAndReset(digest);
        if (!expected.DigestEquals(digest))
            throw Mismatch = new BlobMismatchException(expected, BytesRead);
        Matched = true;
    }
}
