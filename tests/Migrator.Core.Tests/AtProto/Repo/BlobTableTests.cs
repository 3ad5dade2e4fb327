using System.Buffers.Binary;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Repo;

public sealed class BlobTableTests
{
    private static readonly string LongName = new('k', 1000);

    [Fact]
    public void A_long_path_is_kept_once_for_all_files_of_its_record()
    {
        const int blobs = 50_000;
        var table = new BlobTable(blobs);
        byte[][] paths = [PathOf(1), PathOf(2)]; // two workers take turns
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < blobs; i++) table.Add(Blob(i), "image/png"u8, 1, paths[i % 2]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);

        before = GC.GetAllocatedBytesForCurrentThread();
        var (count, wrong) = (0, 0);
        foreach (var reference in table)
        {
            if (!reference.FirstPath.EndsWith(count++ % 2 == 0 ? '1' : '2')) wrong++;
        }
        Assert.Equal((blobs, 0), (count, wrong));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Fact]
    public void Paths_that_are_too_much_together_are_refused()
    {
        const int blobs = BlobTable.MaxPathBytes / 1000;
        var table = new BlobTable(2 * blobs);
        var fault = Assert.Throws<RepoFaultException>(() =>
        {
            for (var i = 0; i <= blobs; i++) table.Add(Blob(i), "image/png"u8, 1, PathOf(i));
        });
        Assert.Equal(RepoFault.TooManyBlobs, fault.Fault);
        Assert.InRange(table.Count, BlobTable.MaxPathBytes / 1100, blobs);
    }

    [Fact]
    public void Media_types_that_are_too_much_together_are_refused()
    {
        const int types = BlobTable.MaxMimeTypeChars / 200;
        var table = new BlobTable(2 * types);
        var fault = Assert.Throws<RepoFaultException>(() =>
        {
            for (var i = 0; i <= types; i++) table.Add(Blob(i), System.Text.Encoding.ASCII.GetBytes($"image/{i:d194}"), 1, "a.b.c/d"u8);
        });
        Assert.Equal(RepoFault.TooManyBlobs, fault.Fault);
    }

    private static byte[] PathOf(int number) => System.Text.Encoding.ASCII.GetBytes($"{LongName}/{number:d8}");

    private static Cid Blob(int number)
    {
        var digest = new byte[Cid.DigestLength];
        BinaryPrimitives.WriteInt32LittleEndian(digest, number);
        return Cid.FromDigest(CidCodec.Raw, digest);
    }
}
