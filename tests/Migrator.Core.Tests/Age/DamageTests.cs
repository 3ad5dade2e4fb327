using System.Text;
using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>Files that were changed on the way. None may open as whole, and nothing may come out that was not put in.</summary>
public sealed class DamageTests
{
    private const int Chunk = 64 * 1024;
    private const int SealedChunk = Chunk + 16;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AgeForm.Binary, 300)]
    [InlineData(AgeForm.Binary, 0)]
    [InlineData(AgeForm.Armored, 100)]
    public async Task A_changed_byte_anywhere_is_noticed(AgeForm form, int length)
    {
        var content = Samples.Content(length);
        var file = await Samples.SealAsync(content, form, Cancel);
        for (var at = 0; at < file.Length; at++)
        {
            foreach (byte change in (byte[])[0x01, 0x20, 0x80, 0xff])
            {
                file[at] ^= change;
                var opening = await Opening.OfAsync(file, Samples.Identity, Cancel);
                Assert.True(opening.Fault is not null && opening.Content.Length == 0, $"byte {at} ^ {change:x2}: {opening.Fault}");
                file[at] ^= change;
            }
        }
    }

    [Theory]
    [InlineData(AgeForm.Binary)]
    [InlineData(AgeForm.Armored)]
    public async Task A_small_file_cut_off_at_any_byte_is_noticed(AgeForm form)
    {
        var file = await Samples.SealAsync(Samples.Content(200), form, Cancel);
        // Without its last line feed the text form is whole.
        for (var length = 0; length < file.Length - (form == AgeForm.Armored ? 1 : 0); length++)
        {
            var opening = await Opening.OfAsync(file[..length], Samples.Identity, Cancel);
            Assert.True(opening.Fault is not null, $"cut to {length} bytes");
            Assert.Empty(opening.Content);
        }
    }

    [Theory]
    [InlineData(3 * Chunk)]
    [InlineData((2 * Chunk) + 100)]
    [InlineData((40 * Chunk) + 1)]
    public async Task A_large_file_cut_off_gives_its_beginning_and_a_fault(int length)
    {
        var content = Samples.Content(length);
        var file = await Samples.SealAsync(content, AgeForm.Binary, Cancel);
        var start = Samples.PayloadStart(file) + 16;
        int[] around = [-17, -16, -1, 0, 1, 15, 16, 17, 1000];
        var borders = Enumerable.Range(0, (length / Chunk) + 1).Select(chunk => start + (chunk * SealedChunk));
        var cuts = borders.SelectMany(border => around.Select(by => border + by));
        foreach (var cut in cuts.Where(cut => cut > start && cut < file.Length))
        {
            var opening = await Opening.OfAsync(file[..cut], Samples.Identity, Cancel);
            Assert.Equal((cut, AgeFault.Payload), (cut, opening.Fault));
            Assert.Equal(Math.Min((cut - start) / SealedChunk * Chunk, length), opening.Content.Length);
            Assert.True(content.AsSpan().StartsWith(opening.Content));
        }
    }

    [Fact]
    public async Task Parts_that_changed_places_or_came_twice_or_went_missing_are_noticed()
    {
        const int chunks = 40;
        var content = Samples.Content(chunks * Chunk);
        var file = await Samples.SealAsync(content, AgeForm.Binary, Cancel);
        var start = Samples.PayloadStart(file) + 16;
        byte[] Part(int index) => file.AsSpan(start + (index * SealedChunk), SealedChunk).ToArray();
        byte[] Whole(IEnumerable<int> order) => [.. file[..start], .. order.SelectMany(Part)];
        var all = Enumerable.Range(0, chunks).ToList();
        foreach (var at in new[] { 0, 1, 14, 15, 16, 17, 30, 31, 38 })
        {
            List<int> swapped = [.. all], twice = [.. all], missing = [.. all];
            (swapped[at], swapped[at + 1]) = (swapped[at + 1], swapped[at]);
            twice.Insert(at, at);
            missing.RemoveAt(at);
            foreach (var (order, good) in new[] { (swapped, at), (twice, at + 1), (missing, at) })
            {
                var opening = await Opening.OfAsync(Whole(order), Samples.Identity, Cancel);
                Assert.Equal(AgeFault.Payload, opening.Fault);
                Assert.Equal(good * Chunk, opening.Content.Length);
                Assert.True(content.AsSpan().StartsWith(opening.Content));
            }
        }
        Assert.Equal(content, (await Opening.OfAsync(Whole(all), Samples.Identity, Cancel)).Content);
    }

    [Fact]
    public async Task The_content_of_another_file_for_the_same_key_does_not_fit()
    {
        var one = await Samples.SealAsync([1, 2, 3], AgeForm.Binary, Cancel);
        var other = await Samples.SealAsync([4, 5, 6], AgeForm.Binary, Cancel);
        byte[] mixed = [.. one[..Samples.PayloadStart(one)], .. other[Samples.PayloadStart(other)..]];
        Assert.Equal(AgeFault.Payload, (await Opening.OfAsync(mixed, Samples.Identity, Cancel)).Fault);
    }

    [Fact]
    public async Task Random_damage_never_gives_other_bytes_than_were_put_in()
    {
        var random = new Random(55);
        var content = Samples.Content((3 * Chunk) + 77);
        var file = await Samples.SealAsync(content, AgeForm.Binary, Cancel, Samples.Identity.Recipient, AgeIdentity.Generate().Recipient);
        for (var run = 0; run < 400; run++)
        {
            var damaged = Damage(file, random);
            var opening = await Opening.OfAsync(damaged, Samples.Identity, Cancel);
            Assert.True(content.AsSpan().StartsWith(opening.Content), $"run {run}");
            if (!damaged.AsSpan().SequenceEqual(file)) Assert.NotNull(opening.Fault);
        }
    }

    [Fact]
    public async Task Random_texts_are_never_more_than_a_fault()
    {
        var random = new Random(7);
        string[] words =
        [
            "age-encryption.org/v1", "\n", "-> ", "X25519", "scrypt", " ", "---", "--- ", "AAAA", new('B', 43), new('C', 64), "1", "22",
            "=", "\r", "\0", "é",
        ];
        AgeIdentity[] identities = [Samples.Identity, AgeIdentity.FromPassphrase("x", 1)];
        for (var run = 0; run < 3000; run++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => words[random.Next(words.Length)]));
            var prefix = run % 2 == 0 ? "age-encryption.org/v1\n-> X25519 " : "-----BEGIN AGE ENCRYPTED FILE-----\n";
            foreach (var made in new[] { text, prefix + text })
            {
                var opening = await Opening.OfAsync(new MemoryStream(Encoding.UTF8.GetBytes(made)), identities, AgeForm.Detect, 0, Cancel);
                Assert.True(opening.Fault is AgeFault.Header or AgeFault.Armor or AgeFault.NoMatch, made);
            }
        }
    }

    private static byte[] Damage(byte[] file, Random random)
    {
        var bytes = new List<byte>(file);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            // Half of the time in the header, which is a small share of the file.
            var at = random.Next(random.Next(2) == 0 ? Math.Min(500, bytes.Count) : bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at / 2, Math.Min(random.Next(1, 20), bytes.Count - (at / 2))));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.AddRange(file.AsSpan(Math.Min(file.Length, at + random.Next(3))));
                    break;
            }
        }
        return [.. bytes];
    }
}
