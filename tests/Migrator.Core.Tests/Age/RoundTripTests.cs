using System.Text;
using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

public sealed class RoundTripTests
{
    private const int Chunk = 64 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Lengths around every border: of a part, of the small first batch, of the next batches, of several threads.</summary>
    public static TheoryData<int> Lengths =>
    [
        0, 1, 47, 48, 49, Chunk - 1, Chunk, Chunk + 1, (2 * Chunk) - 1, 2 * Chunk, (2 * Chunk) + 1,
        (16 * Chunk) - 1, 16 * Chunk, (16 * Chunk) + 1, (31 * Chunk) - 1, 31 * Chunk, (31 * Chunk) + 1, (100 * Chunk) + 12345, 151 * Chunk,
    ];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task What_is_sealed_opens_to_the_same_bytes(int length)
    {
        var content = Samples.Content(length);
        foreach (var form in new[] { AgeForm.Binary, AgeForm.Armored })
        {
            var file = await Samples.SealAsync(content, form, Cancel);

            var opening = await Opening.OfAsync(file, Samples.Identity, Cancel);

            Assert.Null(opening.Fault);
            Assert.Equal(content, opening.Content);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task The_file_is_as_long_as_its_description_says(int length)
    {
        var file = await Samples.SealAsync(Samples.Content(length), AgeForm.Binary, Cancel);
        Assert.Equal(16 + length + (16 * Math.Max(1, (length + Chunk - 1) / Chunk)), file.Length - Samples.PayloadStart(file));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 8)]
    [InlineData(8, 8)]
    public async Task The_number_of_threads_makes_no_difference(int total, int most)
    {
        var content = Samples.Content((200 * Chunk) + 1);
        var spares = new SpareBatches(total, most);
        var file = new MemoryStream();
        await using (var writing = await AgeEncryptor.OpenAsync(file, [Samples.Identity.Recipient], AgeForm.Armored, spares, Cancel))
        {
            await writing.WriteAsync(content, Cancel);
            await writing.CompleteAsync(Cancel);
        }
        file.Position = 0;
        await using var reading = await AgeDecryptor.OpenAsync(file, [Samples.Identity], AgeForm.Armored, spares, Cancel);
        var again = new MemoryStream();
        await reading.CopyToAsync(again, Cancel);
        Assert.Equal(content, again.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7919)]
    [InlineData(Chunk)]
    [InlineData(300_000)]
    public async Task It_does_not_matter_in_which_pieces_the_content_is_written_and_read(int piece)
    {
        var content = Samples.Content(piece == 1 ? 200_000 : 5_000_000);
        var file = new MemoryStream();
        await using (var stream = await AgeEncryptor.OpenAsync(file, [Samples.Identity.Recipient], AgeForm.Binary, Cancel))
        {
            for (var at = 0; at < content.Length; at += piece)
                await stream.WriteAsync(content.AsMemory(at, Math.Min(piece, content.Length - at)), Cancel);
            await stream.CompleteAsync(Cancel);
        }

        var coming = new TrickleStream(file.ToArray(), 3 * piece, 1);
        var opening = await Opening.OfAsync(coming, [Samples.Identity], AgeForm.Binary, piece, Cancel);

        Assert.Null(opening.Fault);
        Assert.Equal(content, opening.Content);
    }

    [Fact]
    public async Task Each_recipient_opens_the_file_and_nobody_else()
    {
        var identities = Enumerable.Range(0, 5).Select(_ => AgeIdentity.Generate()).ToArray();
        var file = await Samples.SealAsync([1, 2, 3], AgeForm.Binary, Cancel, [.. identities.Select(identity => identity.Recipient)]);

        foreach (var identity in identities) Assert.Equal([1, 2, 3], (await Opening.OfAsync(file, identity, Cancel)).Content);
        Assert.Equal(AgeFault.NoMatch, (await Opening.OfAsync(file, Samples.Identity, Cancel)).Fault);
        var several = await Opening.OfAsync(new MemoryStream(file), [Samples.Identity, identities[3]], AgeForm.Detect, 0, Cancel);
        Assert.Equal([1, 2, 3], several.Content);
    }

    [Fact]
    public async Task A_passphrase_opens_what_it_sealed_and_no_other_does()
    {
        var file = await Samples.SealAsync([1, 2, 3], AgeForm.Binary, Cancel, AgeRecipient.FromPassphrase("öffne dich", 10));

        Assert.Equal([1, 2, 3], (await Opening.OfAsync(file, AgeIdentity.FromPassphrase("öffne dich"), Cancel)).Content);
        Assert.Equal(AgeFault.NoMatch, (await Opening.OfAsync(file, AgeIdentity.FromPassphrase("öffne  dich"), Cancel)).Fault);
        Assert.Equal(AgeFault.NoMatch, (await Opening.OfAsync(file, Samples.Identity, Cancel)).Fault);
    }

    [Fact]
    public async Task Two_files_of_the_same_content_have_nothing_in_common()
    {
        var first = await Samples.SealAsync(new byte[1000], AgeForm.Binary, Cancel);
        var second = await Samples.SealAsync(new byte[1000], AgeForm.Binary, Cancel);
        Assert.NotEqual(first[Samples.PayloadStart(first)..], second[Samples.PayloadStart(second)..]);
        Assert.NotEqual(Encoding.ASCII.GetString(first, 0, 100), Encoding.ASCII.GetString(second, 0, 100));
    }

    [Fact]
    public async Task Clashing_recipients_are_our_bug()
    {
        var key = Samples.Identity.Recipient;
        AgeRecipient[][] clashes = [[], [AgeRecipient.FromPassphrase("x"), key], [.. Enumerable.Repeat(key, 129)]];
        foreach (var clash in clashes)
            await Assert.ThrowsAsync<ArgumentException>(() => AgeEncryptor.OpenAsync(new MemoryStream(), clash, AgeForm.Binary, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => AgeEncryptor.OpenAsync(new MemoryStream(), [key], AgeForm.Detect, Cancel));
    }

    [Fact]
    public async Task Many_large_files_can_be_sealed_and_opened_at_once()
    {
        var content = Samples.Content(5_000_000);
        await Parallel.ForAsync(0, 12, new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = Cancel }, async (_, cancel) =>
        {
            var file = await Samples.SealAsync(content, AgeForm.Binary, cancel);
            Assert.Equal(content, (await Opening.OfAsync(file, Samples.Identity, cancel)).Content);
        });
    }
}
