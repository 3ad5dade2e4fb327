using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>Reading out of the middle of a file.</summary>
public sealed class AgePartsTests
{
    private const int Part = 65_536;
    private const int SealedPart = Part + 16;
    private const int Length = (3 * Part) + 1000;

    private static readonly byte[] Content = Samples.Content(Length);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, Length)]
    [InlineData(Part - 1, 2)]
    [InlineData(Part, Part)]
    [InlineData((2 * Part) + 7, Part)]
    [InlineData(Length - 1, 1)]
    public async Task A_range_is_what_the_content_has_there(int offset, int length)
    {
        var file = await Samples.SealAsync(Content, AgeForm.Binary, Cancel);
        Assert.Equal(Content.AsSpan(offset, length).ToArray(), await ReadAsync(file, offset, length));
    }

    [Theory]
    [InlineData(4)] // ends with a full part
    [InlineData(1)]
    public async Task A_file_of_full_parts_has_its_end_where_it_should_be(int parts)
    {
        var content = Samples.Content(parts * Part);
        var file = await Samples.SealAsync(content, AgeForm.Binary, Cancel);
        Assert.Equal(content.AsSpan((parts * Part) - 5).ToArray(), await ReadAsync(file, (parts * Part) - 5, 5));
    }

    [Fact]
    public async Task Damage_elsewhere_does_not_matter_and_damage_at_the_place_is_found()
    {
        var file = await Samples.SealAsync(Content, AgeForm.Binary, Cancel);
        file[Samples.PayloadStart(file) + 16 + SealedPart + 5] ^= 1; // in the second part
        Assert.Equal(Content.AsSpan(0, Part).ToArray(), await ReadAsync(file, 0, Part));
        Assert.Equal(Content.AsSpan(2 * Part, 1000).ToArray(), await ReadAsync(file, 2 * Part, 1000));
        Assert.Equal(AgeFault.Payload, (await Assert.ThrowsAsync<AgeFaultException>(() => ReadAsync(file, Part + 500, 1))).Fault);
        Assert.Equal(AgeFault.Payload, (await Assert.ThrowsAsync<AgeFaultException>(() => ReadAsync(file, Part - 1, 2))).Fault);
    }

    [Theory]
    [InlineData(Length)]
    [InlineData(Length - 1)]
    [InlineData(9 * Part)]
    public async Task A_range_that_ends_behind_the_content_is_a_fault(int offset)
    {
        var file = await Samples.SealAsync(Content, AgeForm.Binary, Cancel);
        Assert.Equal(AgeFault.Payload, (await Assert.ThrowsAsync<AgeFaultException>(() => ReadAsync(file, offset, 2))).Fault);
    }

    [Fact]
    public async Task Parts_that_changed_places_are_a_fault()
    {
        var file = await Samples.SealAsync(Content, AgeForm.Binary, Cancel);
        var start = Samples.PayloadStart(file) + 16;
        var first = file.AsSpan(start, SealedPart).ToArray();
        file.AsSpan(start + SealedPart, SealedPart).CopyTo(file.AsSpan(start));
        first.CopyTo(file, start + SealedPart);
        await Assert.ThrowsAsync<AgeFaultException>(() => ReadAsync(file, 0, 10));
    }

    [Fact]
    public async Task Another_key_opens_nothing()
    {
        using var other = AgeIdentity.Generate();
        var file = await Samples.SealAsync(Content, AgeForm.Binary, Cancel, other.Recipient);
        Assert.Equal(AgeFault.NoMatch, (await Assert.ThrowsAsync<AgeFaultException>(() => ReadAsync(file, 0, 1))).Fault);
    }

    private static async Task<byte[]> ReadAsync(byte[] file, long offset, int length)
    {
        using var parts = await AgeDecryptor.OpenPartsAsync(new MemoryStream(file), [Samples.Identity], Cancel);
        return await parts.ReadAsync((from, count, _) => Task.FromResult<Stream>(
            new MemoryStream(file, (int)Math.Min(from, file.Length), (int)Math.Clamp(file.Length - from, 0, count))), file.Length, offset, length, Cancel);
    }
}
