using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public class BlobPagesTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(256, 0)]
    [InlineData(257, 1)]
    [InlineData(512, 1)]
    [InlineData(513, 2)]
    [InlineData(97_000, 9)]
    [InlineData(50_000_000, 12)]
    public void Pages_hold_about_256_blobs(long blobs, int bits) => Assert.Equal(bits, BlobPages.BitsFor(blobs));

    [Fact]
    public void One_more_blob_changes_one_page()
    {
        var blobs = Enumerable.Range(0, 5000).Select(Make).ToList();
        var before = Cut(blobs);
        var after = Cut([Make(5000), .. blobs.AsEnumerable().Reverse()]);
        Assert.Equal(before.Count, after.Count);
        Assert.Single(after.Except(before));
    }

    [Fact]
    public void Every_blob_is_in_one_page()
    {
        var blobs = Enumerable.Range(0, 3000).Select(Make).ToList();
        var pages = BlobPages.Cut(blobs, _ => (null, null, new AbsentBlob(BlobAbsence.Missing, "", ""))).ToList();
        Assert.Equal(blobs.Select(blob => blob.Cid).Order(), pages.SelectMany(page => page.Blobs).Select(blob => blob.Cid).Order());
        Assert.Equal(16, pages.Count);
    }

    [Theory]
    [InlineData("image/png", "image/png")]
    [InlineData("not a type", null)]
    [InlineData("", null)]
    public void A_strangers_media_type_is_kept_only_where_it_can_be_one(string said, string? kept)
    {
        var blob = Make(1) with { MimeType = said };
        Assert.Equal(kept, BlobPages.Cut([blob], _ => (null, null, null)).Single().Blobs[0].Mime);
    }

    private static List<string> Cut(IReadOnlyCollection<BlobReference> blobs) =>
        [.. BlobPages.Cut(blobs, _ => (null, null, null)).Select(page => Convert.ToHexString(StrictJson.Write(page)))];

    private static BlobReference Make(int number) => new(Cid.ForRaw(BitConverter.GetBytes(number)), "image/png", 5, "a/b");
}
