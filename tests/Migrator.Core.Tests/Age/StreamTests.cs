using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>Streams that end early, break, or are used in the wrong order.</summary>
public sealed class StreamTests
{
    private const int Large = 8_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(65536)]
    [InlineData(Large)]
    public async Task A_file_that_was_not_completed_is_no_file(int length)
    {
        var file = new MemoryStream();
        await using (var stream = await AgeEncryptor.OpenAsync(file, [Samples.Identity.Recipient], AgeForm.Binary, Cancel))
            await stream.WriteAsync(Samples.Content(length), Cancel);

        var opening = await Opening.OfAsync(file.ToArray(), Samples.Identity, Cancel);

        Assert.Equal(AgeFault.Payload, opening.Fault);
        Assert.True(Samples.Content(length).AsSpan().StartsWith(opening.Content));
    }

    [Fact]
    public async Task Nothing_can_be_added_to_a_complete_file()
    {
        var stream = await AgeEncryptor.OpenAsync(new MemoryStream(), [Samples.Identity.Recipient], AgeForm.Binary, Cancel);
        await stream.CompleteAsync(Cancel);

        Assert.False(stream.CanWrite);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync(new byte[1], Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.CompleteAsync(Cancel));
        await stream.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.CompleteAsync(Cancel));
    }

    [Fact]
    public async Task After_a_failed_write_the_file_cannot_be_completed()
    {
        var output = new FullDisk(3_000_000);
        await using var stream = await AgeEncryptor.OpenAsync(output, [Samples.Identity.Recipient], AgeForm.Binary, Cancel);

        await Assert.ThrowsAsync<IOException>(async () => await stream.WriteAsync(Samples.Content(2 * Large), Cancel));

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync(new byte[1], Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(() => stream.CompleteAsync(Cancel));
    }

    [Fact]
    public async Task A_source_that_breaks_gives_what_came_before_and_then_its_own_fault()
    {
        var content = Samples.Content(Large);
        var file = await Samples.SealAsync(content, AgeForm.Binary, Cancel);
        await using var stream = await AgeDecryptor.OpenAsync(
            new BrokenStream(file[..(Large - 10_000)]), [Samples.Identity], AgeForm.Binary, Cancel);
        var got = new MemoryStream();

        for (var again = 0; again < 2; again++)
            Assert.Equal("the disk is gone", (await Assert.ThrowsAsync<IOException>(() => stream.CopyToAsync(got, Cancel))).Message);

        Assert.InRange(got.Length, Large - 2_500_000, Large);
        Assert.True(content.AsSpan().StartsWith(got.ToArray()));
    }

    [Fact]
    public async Task A_fault_is_said_again_each_time()
    {
        var file = await Samples.SealAsync(Samples.Content(Large), AgeForm.Binary, Cancel);
        file[Large / 2] ^= 1;
        await using var stream = await AgeDecryptor.OpenAsync(new MemoryStream(file), [Samples.Identity], AgeForm.Binary, Cancel);

        var first = await Assert.ThrowsAsync<AgeFaultException>(() => stream.CopyToAsync(Stream.Null, Cancel));
        var second = await Assert.ThrowsAsync<AgeFaultException>(() => stream.ReadExactlyAsync(new byte[1], Cancel).AsTask());

        Assert.Equal(first.Message, second.Message);
        Assert.Contains("damaged or not whole", first.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_is_the_end_however_often_it_is_read()
    {
        var file = await Samples.SealAsync([1], AgeForm.Armored, Cancel);
        await using var stream = await AgeDecryptor.OpenAsync(new MemoryStream(file), [Samples.Identity], AgeForm.Detect, Cancel);
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, Cancel));
        Assert.Equal(1, await stream.ReadAsync(new byte[10], Cancel));
        Assert.Equal(0, await stream.ReadAsync(new byte[10], Cancel));
        Assert.Equal(0, await stream.ReadAsync(new byte[10], Cancel));
    }

    [Fact]
    public async Task Sealing_and_opening_can_be_stopped()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        var file = await Samples.SealAsync(Samples.Content(Large), AgeForm.Binary, Cancel);

        var disk = new FullDisk(long.MaxValue);
        await using var writing = await AgeEncryptor.OpenAsync(disk, [Samples.Identity.Recipient], AgeForm.Binary, Cancel);
        var content = Samples.Content(2 * Large);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writing.WriteAsync(content, stop.Token));
        await using var reading = await AgeDecryptor.OpenAsync(new MemoryStream(file), [Samples.Identity], AgeForm.Binary, Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.CopyToAsync(Stream.Null, stop.Token));
    }

    [Fact]
    public async Task The_streams_around_stay_open()
    {
        var file = new MemoryStream();
        await AgeEncryptor.SealAsync(new MemoryStream([1, 2, 3]), file, [Samples.Identity.Recipient], AgeForm.Binary, Cancel);
        file.Position = 0;
        await AgeDecryptor.OpenToAsync(file, new MemoryStream(), [Samples.Identity], AgeForm.Binary, Cancel);
        Assert.True(file.CanRead);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(2, 3)]
    [InlineData(8, 3)]
    public async Task What_a_stream_takes_for_reading_ahead_it_gives_back(int total, int most)
    {
        var spares = new SpareBatches(total, most);
        var content = Samples.Content(Large);
        var file = new MemoryStream();
        await using (var writing = await AgeEncryptor.OpenAsync(file, [Samples.Identity.Recipient], AgeForm.Binary, spares, Cancel))
        {
            await writing.WriteAsync(content, Cancel);
            Assert.Equal(Math.Max(0, total - most), spares.Free);
            await writing.CompleteAsync(Cancel);
        }
        Assert.Equal(total, spares.Free);

        file.Position = 0;
        await using (var reading = await AgeDecryptor.OpenAsync(file, [Samples.Identity], AgeForm.Binary, spares, Cancel))
        {
            var start = new byte[Large / 2];
            await reading.ReadExactlyAsync(start, Cancel);
            Assert.Equal(Math.Max(0, total - most), spares.Free);
            Assert.True(content.AsSpan().StartsWith(start));
        }
        Assert.Equal(total, spares.Free);
    }

    [Fact]
    public async Task A_small_file_takes_none()
    {
        var spares = new SpareBatches(8, 3);
        var file = new MemoryStream();
        await using var writing = await AgeEncryptor.OpenAsync(file, [Samples.Identity.Recipient], AgeForm.Binary, spares, Cancel);
        await writing.WriteAsync(Samples.Content(1_000_000), Cancel);
        await writing.CompleteAsync(Cancel);
        file.Position = 0;
        await using var reading = await AgeDecryptor.OpenAsync(file, [Samples.Identity], AgeForm.Binary, spares, Cancel);
        await reading.CopyToAsync(Stream.Null, Cancel);
        Assert.Equal(8, spares.Free);
    }

    /// <summary>Takes some bytes and has no room for more.</summary>
    private sealed class FullDisk(long room) : MemoryStream
    {
        private long _taken;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if ((_taken += buffer.Length) > room) throw new IOException("No space left on device");
        }
    }

    /// <summary>Gives its bytes and then fails as a disk does.</summary>
    private sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            var count = Read(buffer.Span);
            return count > 0 ? count : throw new IOException("the disk is gone");
        }
    }
}
