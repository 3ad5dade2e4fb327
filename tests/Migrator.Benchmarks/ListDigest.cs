using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Benchmarks;

/// <summary>SHA-256 over path and CID of every record in order: two readers that list the same records have the same digest.</summary>
internal sealed class ListDigest : IDisposable
{
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _lines = new byte[64 * 1024];
    private int _filled;

    public void Add(ReadOnlySpan<byte> path, Cid cid)
    {
        var length = path.Length + Cid.BinaryLength;
        if (_lines.Length - _filled < length) Flush();
        path.CopyTo(_lines.AsSpan(_filled));
        cid.CopyTo(_lines.AsSpan(_filled + path.Length));
        _filled += length;
    }

    /// <summary>The first 8 bytes, as hex.</summary>
    public string Finish()
    {
        Flush();
        return Convert.ToHexStringLower(_digest.GetHashAndReset())[..16];
    }

    public void Dispose() => _digest.Dispose();

    private void Flush()
    {
        _digest.AppendData(_lines, 0, _filled);
        _filled = 0;
    }
}
