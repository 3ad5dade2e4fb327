using System.Numerics;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// Cuts the list of blobs into pages by the first bits of their hashes, so that a new blob changes one page and leaves all others as they
/// are: those are stored already, and are not stored again.
/// </summary>
internal static class BlobPages
{
    private const int BlobsPerPage = 256;
    private const int MaxBits = 12;
    private const int MaxTypeLength = 127;

    /// <summary>How many bits of the hash name the page: 0 for up to 256 blobs, one more each time their number doubles, at most 12.</summary>
    public static int BitsFor(long blobs) =>
        blobs <= BlobsPerPage ? 0 : Math.Min(MaxBits, BitOperations.Log2((ulong)(blobs - 1) / BlobsPerPage) + 1);

    /// <summary>The pages that are not empty, in the order of the hashes; within a page ordered by CID. The same for the same blobs.</summary>
    /// <param name="blobs">Each CID once, in any order.</param>
    /// <param name="find">Where a blob is, or why it is absent.</param>
    public static IEnumerable<BlobPage> Cut(
        IReadOnlyCollection<BlobReference> blobs, Func<BlobReference, (BlobPlace? Place, SealedObject? Object, AbsentBlob? Absent)> find)
    {
        var bits = BitsFor(blobs.Count);
        foreach (var page in blobs.GroupBy(blob => PageOf(blob.Cid, bits)).OrderBy(page => page.Key))
        {
            var entries = page.OrderBy(blob => blob.Cid).Select(blob =>
            {
                var (place, stored, absent) = find(blob);
                return new BlobEntry(blob.Cid, TypeOf(blob.MimeType), place?.Length ?? blob.Size, stored, absent, place?.Offset);
            });
            yield return new BlobPage(BlobPage.CurrentVersion, [.. entries]);
        }
    }

    private static int PageOf(Cid cid, int bits)
    {
        Span<byte> binary = stackalloc byte[Cid.BinaryLength];
        cid.CopyTo(binary);
        var digest = binary[^Cid.DigestLength..];
        return ((digest[0] << 8) | digest[1]) >> (16 - bits);
    }

    // What a record says is a stranger's text: kept only where it can be a media type.
    private static string? TypeOf(string? type) => type is { Length: > 0 and <= MaxTypeLength } && type.Contains('/') ? type : null;
}
