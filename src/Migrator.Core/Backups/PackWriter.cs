using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>Writes one pack, blob after blob, and notes where each is.</summary>
/// <param name="content">Takes the bytes and seals them.</param>
/// <param name="name">Full name of the pack.</param>
internal sealed class PackWriter(Stream content, string name)
{
    private readonly byte[] _prefix = new byte[PackFrame.MaxPrefix];
    private readonly List<PackedBlob> _blobs = [];
    private readonly List<byte> _digests = [];

    public IReadOnlyList<PackedBlob> Blobs => _blobs;

    /// <summary>Bytes so far, before sealing.</summary>
    public long Length { get; private set; }

    public ObjectContent Content => new(ObjectKind.Pack, Convert.ToHexStringLower(SHA256.HashData([.. _digests])));

    public async Task AddAsync(HeldBlob blob, CancellationToken ct)
    {
        if (Length == 0)
        {
            var header = PackFrame.Header(blob.Cid);
            await content.WriteAsync(header, ct).ConfigureAwait(false);
            Length = header.Length;
        }
        var count = PackFrame.WritePrefix(_prefix, blob.Cid, blob.Bytes.Length);
        await content.WriteAsync(_prefix.AsMemory(0, count), ct).ConfigureAwait(false);
        await content.WriteAsync(blob.Bytes, ct).ConfigureAwait(false);
        _blobs.Add(new PackedBlob(name, ObjectContent.OfBlob(blob.Cid), Length + count, blob.Bytes.Length));
        _digests.AddRange(blob.Cid.ToByteArray().AsSpan(^Cid.DigestLength..));
        Length += count + blob.Bytes.Length;
    }
}
