using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>Whole files from stream to stream, by several threads.</summary>
public class RelayTests
{
    private const int Chunk = 65_536;
    private const int Batch = 15 * Chunk;
    private const int Large = (10 * Batch) + 12_345;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    public async Task The_number_of_threads_makes_no_difference(int total, int most)
    {
        foreach (var length in (int[])[0, 1, Chunk - 1, Chunk, Chunk + 1, Batch, Batch + Chunk, Batch + Chunk + 1, Large])
        {
            var spares = new SpareBatches(total, most);
            var file = await SealAsync(Samples.Content(length), spares);
            var content = new MemoryStream();
            await AgeDecryptor.OpenToAsync(
                new TrickleStream(file, 100_000, 1), content, [Samples.Identity], AgeForm.Detect, spares, Cancel);
            Assert.Equal(Samples.Content(length), content.ToArray());
            Assert.Equal(total, spares.Free);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public async Task What_was_written_before_a_fault_is_the_genuine_beginning_and_not_more(int spares)
    {
        var content = Samples.Content(Large);
        var file = await SealAsync(content, new SpareBatches(8, 8));
        var start = Samples.PayloadStart(file) + 16;
        foreach (var part in (int[])[0, 1, 14, 15, 16, 44, 45, 46, 120, 150])
        {
            var damaged = file.ToArray();
            damaged[start + (part * (Chunk + 16)) + 100] ^= 1;
            var written = new MemoryStream();
            var fault = await Assert.ThrowsAsync<AgeFaultException>(() => AgeDecryptor.OpenToAsync(
                new MemoryStream(damaged), written, [Samples.Identity], AgeForm.Binary, new SpareBatches(spares, 8), Cancel));
            Assert.Equal(AgeFault.Payload, fault.Fault);
            Assert.Equal(content[..(part * Chunk)], written.ToArray());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public async Task An_input_that_fails_does_so_after_everything_before_it_was_written(int spares)
    {
        var content = Samples.Content(Large);
        var file = await SealAsync(content, new SpareBatches(0, 0));
        var written = new MemoryStream();
        var trouble = await Assert.ThrowsAsync<IOException>(() => AgeDecryptor.OpenToAsync(
            new BreakingStream(file, file.Length - 1000), written, [Samples.Identity], AgeForm.Binary, new SpareBatches(spares, 8), Cancel));
        Assert.Equal("cut", trouble.Message);
        Assert.Equal(content[..((Large - Chunk - 1000) / Batch * Batch + Chunk)], written.ToArray());
        await Assert.ThrowsAsync<IOException>(() => AgeEncryptor.SealAsync(new BreakingStream(content, Large / 2), Stream.Null,
            [Samples.Identity.Recipient], AgeForm.Binary, new SpareBatches(spares, 8), Cancel));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public async Task A_destination_that_fails_ends_it_at_once(int spares)
    {
        var free = new SpareBatches(spares, 8);
        var disk = new BreakingStream([], Large / 2);
        await Assert.ThrowsAsync<IOException>(() => AgeEncryptor.SealAsync(new MemoryStream(Samples.Content(Large)), disk,
            [Samples.Identity.Recipient], AgeForm.Binary, free, Cancel));
        Assert.Equal(spares, free.Free);
    }

    [Fact]
    public async Task It_can_be_cancelled_in_the_middle()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var source = new BreakingStream(Samples.Content(Large), Large / 2, stop.Cancel);
        var free = new SpareBatches(8, 8);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AgeEncryptor.SealAsync(
            source, Stream.Null, [Samples.Identity.Recipient], AgeForm.Binary, free, stop.Token));
        Assert.Equal(8, free.Free);
    }

    private static async Task<byte[]> SealAsync(byte[] content, SpareBatches spares)
    {
        var file = new MemoryStream();
        await AgeEncryptor.SealAsync(new TrickleStream(content, 100_000, 2), file, [Samples.Identity.Recipient], AgeForm.Binary, spares, Cancel);
        return file.ToArray();
    }

    /// <summary>Breaks, or does something, once so many bytes were read or written.</summary>
    private sealed class BreakingStream(byte[] bytes, long after, Action? act = null) : MemoryStream(bytes)
    {
        private long _count;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            if (Position >= after) Break();
            return Read(buffer.Span[..(int)Math.Min(buffer.Length, act is null ? Math.Max(1, after - Position) : 50_000)]);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if ((_count += buffer.Length) > after) Break();
        }

        private void Break()
        {
            if (act is null) throw new IOException("cut");
            act();
        }
    }
}
