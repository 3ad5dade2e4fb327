using System.Security.Cryptography;
using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>The public test files, read in several ways: each must end as it says, after giving exactly the bytes that it says.</summary>
public sealed class CctvTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(997)]
    [InlineData(65537)]
    public async Task Every_public_file_ends_as_it_says(int bytesAtOnce)
    {
        var vectors = CctvVector.ReadAll();
        Assert.Equal(124, vectors.Count);
        foreach (var vector in vectors) await CheckAsync(vector, new MemoryStream(vector.File), vector.Form, bytesAtOnce);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task The_size_of_the_pieces_that_come_makes_no_difference(int mostAtOnce)
    {
        foreach (var vector in CctvVector.ReadAll().Where(vector => vector.File.Length < 1000 * mostAtOnce && !IsSlow(vector)))
            await CheckAsync(vector, new TrickleStream(vector.File, mostAtOnce, 7), vector.Form, 0);
    }

    [Fact]
    public async Task Every_public_file_ends_as_it_says_on_disk_too()
    {
        foreach (var vector in CctvVector.ReadAll().Where(vector => !IsSlow(vector)))
            Check(vector, await Opening.OnDiskAsync(vector.File, vector.Identities, vector.Form, SpareBatches.Shared, Cancel));
    }

    [Fact]
    public async Task The_form_of_a_good_file_is_seen_from_its_first_byte()
    {
        foreach (var vector in CctvVector.ReadAll().Where(vector => vector.Fault is null))
            await CheckAsync(vector, new MemoryStream(vector.File), AgeForm.Detect, 0);
    }

    // With a passphrase most of the time goes into that.
    private static bool IsSlow(CctvVector vector) => vector.Name.Contains("scrypt", StringComparison.Ordinal);

    private static async Task CheckAsync(CctvVector vector, Stream file, AgeForm form, int bytesAtOnce)
    {
        Check(vector, await Opening.OfAsync(file, vector.Identities, form, bytesAtOnce, Cancel));
    }

    private static void Check(CctvVector vector, Opening opening)
    {
        Assert.Equal((vector.Name, vector.Fault), (vector.Name, opening.Fault));
        if (vector.PayloadSha256 is { } sha256)
            Assert.Equal((vector.Name, sha256), (vector.Name, Convert.ToHexStringLower(SHA256.HashData(opening.Content))));
        else
            Assert.Empty(opening.Content);
    }
}
