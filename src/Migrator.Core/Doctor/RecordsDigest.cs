using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Doctor;

/// <summary>
/// SHA-256 over path and CID (36 bytes) of every record, in the order of paths: who lists the same records by another program finds
/// the same.
/// </summary>
internal sealed class RecordsDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _lines = new byte[64 * 1024];
    private int _filled;

    public void Add(ReadOnlySpan<byte> path, Cid cid)
    {
        if (_lines.Length - _filled < path.Length + Cid.BinaryLength) Flush();
        path.CopyTo(_lines.AsSpan(_filled));
        cid.CopyTo(_lines.AsSpan(_filled + path.Length));
        _filled += path.Length + Cid.BinaryLength;
    }

    /// <summary>The digest of all records, as hex.</summary>
    public string Finish()
    {
        Flush();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    private void Flush()
    {
        _hash.AppendData(_lines, 0, _filled);
        _filled = 0;
    }
}
