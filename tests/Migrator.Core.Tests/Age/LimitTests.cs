using System.Text;
using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>Files that ask for too much: refused before the memory or the work goes into them.</summary>
public sealed class LimitTests
{
    private const string Version = "age-encryption.org/v1\n";
    private static readonly string Mac = $"--- {new string('A', 43)}\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(128, AgeFault.NoMatch)]
    [InlineData(129, AgeFault.Header)]
    [InlineData(3000, AgeFault.Header)]
    public async Task A_header_has_at_most_128_stanzas(int count, AgeFault fault)
    {
        var text = Version + string.Concat(Enumerable.Repeat("-> other\n\n", count)) + Mac;
        Assert.Equal(fault, (await OpenAsync(text)).Fault);
    }

    [Fact]
    public async Task As_many_recipients_as_are_read_can_be_written()
    {
        var others = Enumerable.Range(0, 127).Select(_ => (AgeRecipient)AgeIdentity.Generate().Recipient);
        var file = await Samples.SealAsync([1], AgeForm.Binary, Cancel, [.. others, Samples.Identity.Recipient]);
        Assert.Equal([1], (await Opening.OfAsync(file, Samples.Identity, Cancel)).Content);
    }

    [Theory]
    [InlineData("")] // no line ever ends
    [InlineData(Version + "-> ")]
    [InlineData(Version + "-> a b\n")]
    public async Task A_header_without_end_is_given_up(string beginning)
    {
        var endless = new EndlessStream(beginning, new string('A', 64));
        Assert.Equal(AgeFault.Header, (await OpenAsync(endless)).Fault);
        Assert.InRange(endless.Given, 1, 300 * 1024);
    }

    [Fact]
    public async Task A_body_of_full_lines_without_end_is_given_up()
    {
        var endless = new EndlessStream(Version + "-> a b\n", new string('A', 64) + "\n");
        Assert.Equal(AgeFault.Header, (await OpenAsync(endless)).Fault);
        Assert.InRange(endless.Given, 1, 300 * 1024);
    }

    [Theory]
    [InlineData("", " \n")]
    [InlineData("", "\t")]
    [InlineData("-----BEGIN AGE ENCRYPTED FILE-----\n", "A")]
    [InlineData("-----BEGIN AGE ENCRYPTED FILE-----\n-----END AGE ENCRYPTED FILE-----\n", "\n")]
    public async Task Text_around_or_in_the_armor_without_end_is_given_up(string beginning, string more)
    {
        var endless = new EndlessStream(beginning, more);
        var opening = await Opening.OfAsync(endless, [Samples.Identity], AgeForm.Armored, 0, Cancel);
        Assert.Equal(AgeFault.Armor, opening.Fault);
        Assert.InRange(endless.Given, 1, 100 * 1024);
    }

    [Theory]
    [InlineData("12", 11, AgeFault.Header)]
    [InlineData("12", 12, AgeFault.NoMatch)]
    [InlineData("21", 20, AgeFault.Header)]
    [InlineData("22", 21, AgeFault.Header)]
    [InlineData("23", 22, AgeFault.Header)]
    [InlineData("63", 22, AgeFault.Header)]
    [InlineData("99999999999999999999", 22, AgeFault.Header)]
    public async Task A_passphrase_file_asks_for_no_more_work_than_is_accepted(string workFactor, int accepted, AgeFault fault)
    {
        var text = $"{Version}-> scrypt {new string('A', 22)} {workFactor}\n{new string('A', 43)}\n{Mac}";
        Assert.Equal(fault, (await OpenAsync(text, AgeIdentity.FromPassphrase("x", accepted))).Fault);
    }

    [Fact]
    public async Task Twenty_is_what_is_usually_accepted()
    {
        var text = $"{Version}-> scrypt {new string('A', 22)} 21\n{new string('A', 43)}\n{Mac}";
        Assert.Equal(AgeFault.Header, (await OpenAsync(text, AgeIdentity.FromPassphrase("x"))).Fault);
        Assert.Equal(20, ScryptStanza.UsualMaxWorkFactor);
    }

    [Theory]
    [InlineData("-> X25519 {32}\n{32}\n-> scrypt {16} 10\n{32}\n")] // a passphrase among others
    [InlineData("-> other\n\n-> scrypt {16} 10\n{32}\n")]
    [InlineData("-> X25519 {32}\n{33}\n")]
    [InlineData("-> X25519 {31}\n{32}\n")]
    [InlineData("-> X25519 {32} {32}\n{32}\n")]
    [InlineData("-> X25519\n{32}\n")]
    [InlineData("-> X25519 {32}\n{32}\n->  X\n\n")]
    [InlineData("-> X25519 {32}\n{32}\n-> \n\n")]
    [InlineData("-> X25519 {32}\n{32}\n->\n\n")]
    [InlineData("-> X25519 {32}\n{32}\n--")]
    [InlineData("")]
    public async Task A_header_that_breaks_a_rule_is_refused(string stanzas)
    {
        // The number 9 is a good public key, so that nothing else is wrong.
        foreach (var length in new[] { 16, 31, 32, 33 })
            stanzas = stanzas.Replace($"{{{length}}}", UnpaddedBase64.Encode([9, .. new byte[length - 1]]), StringComparison.Ordinal);
        Assert.Equal(AgeFault.Header, (await OpenAsync(Version + stanzas + Mac)).Fault);
    }

    private static Task<Opening> OpenAsync(string text, AgeIdentity? identity = null) =>
        Opening.OfAsync(Encoding.ASCII.GetBytes(text), identity ?? Samples.Identity, Cancel);

    private static Task<Opening> OpenAsync(Stream stream) => Opening.OfAsync(stream, [Samples.Identity], AgeForm.Binary, 0, Cancel);

    /// <summary>A beginning, and then the same text again and again.</summary>
    private sealed class EndlessStream(string beginning, string more) : MemoryStream(Encoding.ASCII.GetBytes(beginning))
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Read(buffer.Span);
            if (count == 0)
            {
                count = Math.Min(buffer.Length, more.Length);
                Encoding.ASCII.GetBytes(more.AsSpan(0, count), buffer.Span);
            }
            Given += count;
            return ValueTask.FromResult(count);
        }
    }
}
