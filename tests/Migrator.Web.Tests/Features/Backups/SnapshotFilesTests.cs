using Migrator.Web.Features.Backups;
using Xunit;

namespace Migrator.Web.Tests.Features.Backups;

public sealed class SnapshotFilesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_download_that_is_broken_off_ends_its_writer()
    {
        var ended = false;
        void Write(Stream stream)
        {
            try
            {
                for (var i = 0; i < 1000; i++)
                    stream.Write(new byte[64 * 1024]); // far more than the pipe holds
            }
            finally
            {
                ended = true;
            }
        }

        await Assert.ThrowsAsync<IOException>(() => SnapshotFiles.PumpAsync(Write, new Gone(), Ct));

        Assert.True(ended);
    }

    [Fact]
    public async Task What_is_written_arrives_and_a_fault_in_its_middle_is_told()
    {
        var body = new MemoryStream();
        await SnapshotFiles.PumpAsync(
            stream =>
            {
                for (byte i = 0; i < 100; i++)
                    stream.Write([.. Enumerable.Repeat(i, 5000)]);
            }, body, Ct);
        Assert.Equal(Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat((byte)i, 5000)), body.ToArray());

        await Assert.ThrowsAsync<InvalidDataException>(() => SnapshotFiles.PumpAsync(_ => throw new InvalidDataException("damaged"), body, Ct));
    }

    /// <summary>The body of a response to a browser that is not there any more.</summary>
    private sealed class Gone : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("The client is gone"));

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromException(new IOException("The client is gone"));
    }
}
