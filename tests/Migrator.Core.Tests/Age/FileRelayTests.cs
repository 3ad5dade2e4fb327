using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>Whole files from disk to disk, by several threads.</summary>
public sealed class FileRelayTests : IDisposable
{
    private const int Chunk = 65_536;
    private const int Run = 15 * Chunk;
    private const int Large = (10 * Run) + 12_345;

    private readonly DiskFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    public async Task Files_come_back_as_they_were(int total, int most)
    {
        foreach (var length in (int[])
                 [0, 1, Chunk - 1, Chunk, Chunk + 1, (14 * Chunk) - 1, 14 * Chunk, Run - 1, Run, Run + 1, (2 * Run) - 1, 2 * Run, Large])
        {
            var spares = new SpareBatches(total, most);
            var content = Samples.Content(length);
            var file = await SealAsync(content, spares);
            Assert.Equal(content, (await Opening.OfAsync(file, Samples.Identity, Cancel)).Content);
            var opening = await Opening.OnDiskAsync(file, [Samples.Identity], AgeForm.Detect, spares, Cancel);
            Assert.Null(opening.Fault);
            Assert.Equal(content, opening.Content);
            Assert.Equal(total, spares.Free);
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(Large)]
    public async Task They_are_read_from_where_they_stand_to_their_end_and_written_from_where_they_stand(int length)
    {
        var content = Samples.Content(length);
        await using var from = _folder.Open(content);
        await using var made = _folder.Create();
        from.Position = 10;
        made.Write("before"u8);
        await AgeEncryptor.SealAsync(from, made, [Samples.Identity.Recipient], AgeForm.Binary, Cancel);
        Assert.Equal(length, from.Position);

        await using var again = _folder.Open(_folder.Read(made));
        await using var to = _folder.Create();
        again.Position = "before"u8.Length;
        await AgeDecryptor.OpenToAsync(again, to, [Samples.Identity], AgeForm.Binary, Cancel);
        Assert.Equal(content[10..], _folder.Read(to));
        Assert.Equal(again.Length, again.Position);
        to.Write("after"u8);
        Assert.Equal((byte[])[.. content[10..], .. "after"u8], _folder.Read(to));
    }

    [Fact]
    public async Task The_text_form_goes_to_disk_and_back()
    {
        await using var from = _folder.Open(Samples.Content(Large));
        await using var made = _folder.Create();
        await AgeEncryptor.SealAsync(from, made, [Samples.Identity.Recipient], AgeForm.Armored, Cancel);
        var opening = await Opening.OnDiskAsync(
            _folder.Read(made), [Samples.Identity], AgeForm.Detect, SpareBatches.Shared, Cancel);
        Assert.Equal(Samples.Content(Large), opening.Content);
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
            var at = start + (part * (Chunk + 16));
            var changed = file.ToArray();
            changed[at + 100] ^= 1;
            foreach (var damaged in (byte[][])[changed, file[..at], file[..(at + 10)], file[..(at + 16)], file[..(at + 1000)]])
            {
                var opening = await Opening.OnDiskAsync(damaged, [Samples.Identity], AgeForm.Binary, new SpareBatches(spares, 8), Cancel);
                Assert.Equal(AgeFault.Payload, opening.Fault);
                Assert.True(content.AsSpan(0, part * Chunk).SequenceEqual(opening.Content), $"part {part}, {damaged.Length} bytes");
            }
        }
        var longer = await Opening.OnDiskAsync([.. file, 0], [Samples.Identity], AgeForm.Binary, new SpareBatches(spares, 8), Cancel);
        Assert.Equal(AgeFault.Payload, longer.Fault);
        Assert.Equal(content[..(Large / Chunk * Chunk)], longer.Content);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public async Task A_disk_that_is_full_ends_it_at_once(int spares)
    {
        var free = new SpareBatches(spares, 8);
        await using var from = _folder.Open(Samples.Content(Large));
        await using var full = new FullDisk(_folder.NewPath(), Large / 2);
        var trouble = await Assert.ThrowsAsync<IOException>(() => AgeEncryptor.SealAsync(
            from, full, [Samples.Identity.Recipient], AgeForm.Binary, free, Cancel));
        Assert.Equal("full", trouble.Message);
        Assert.InRange(full.Length, (Large / 2) - Run, Large / 2);
        Assert.Equal(spares, free.Free);
    }

    [Fact]
    public async Task A_file_that_shrinks_while_it_is_sealed_is_not_taken_for_whole()
    {
        var path = _folder.NewPath();
        await File.WriteAllBytesAsync(path, Samples.Content(Large), Cancel);
        await using var from = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        await using var cutting = new FullDisk(_folder.NewPath(), Run / 2, () => Shorten(path));
        await Assert.ThrowsAsync<EndOfStreamException>(() => AgeEncryptor.SealAsync(
            from, cutting, [Samples.Identity.Recipient], AgeForm.Binary, new SpareBatches(0, 0), Cancel));
        Assert.Equal(AgeFault.Payload, (await Opening.OfAsync(_folder.Read(cutting), Samples.Identity, Cancel)).Fault);
    }

    [Fact]
    public async Task It_can_be_cancelled_in_the_middle()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var from = _folder.Open(Samples.Content(Large));
        await using var to = new FullDisk(_folder.NewPath(), 0, stop.Cancel);
        var free = new SpareBatches(8, 8);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AgeEncryptor.SealAsync(
            from, to, [Samples.Identity.Recipient], AgeForm.Binary, free, stop.Token));
        Assert.Equal(8, free.Free);
    }

    private static void Shorten(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(2 * Chunk);
    }

    private async Task<byte[]> SealAsync(byte[] content, SpareBatches spares)
    {
        await using var from = _folder.Open(content);
        await using var to = _folder.Create();
        await AgeEncryptor.SealAsync(from, to, [Samples.Identity.Recipient], AgeForm.Binary, spares, Cancel);
        return _folder.Read(to);
    }

    /// <summary>Takes so many bytes, and then fails or does something.</summary>
    private sealed class FullDisk(string path, long most, Action? act = null)
        : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read)
    {
        private long _count;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if ((_count += buffer.Length) > most)
            {
                if (act is null) throw new IOException("full");
                act();
            }
            base.Write(buffer);
        }
    }
}
