using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.Accounts;

public class CheckedBlobStreamTests
{
    public static TheoryData<int> Lengths => [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task The_right_bytes_pass_through_whole(int length)
    {
        var bytes = Bytes(length);
        using var stream = new CheckedBlobStream(new MemoryStream(bytes), Cid.ForRaw(bytes));
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, copy.ToArray());
        Assert.True(stream.Matched);
        Assert.Equal(length, stream.BytesRead);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Of_wrong_bytes_the_last_piece_is_never_given_out(int length)
    {
        var bytes = Bytes(length);
        using var stream = new CheckedBlobStream(new MemoryStream(bytes), Cid.ForRaw([9, 9, 9]));
        using var copy = new MemoryStream();
        await Assert.ThrowsAsync<BlobMismatchException>(() => stream.CopyToAsync(copy, TestContext.Current.CancellationToken));
        Assert.NotNull(stream.Mismatch);
        Assert.True(copy.Length < length || length == 0);
    }

    [Fact]
    public async Task A_truncated_blob_is_found_though_every_byte_so_far_was_right()
    {
        var bytes = Bytes(200_000);
        using var stream = new CheckedBlobStream(new MemoryStream(bytes[..199_999]), Cid.ForRaw(bytes));
        await Assert.ThrowsAsync<BlobMismatchException>(() => stream.DrainAsync(TestContext.Current.CancellationToken));
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
