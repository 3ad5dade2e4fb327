using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

public sealed class KeyTests
{
    [Fact]
    public void The_pair_of_the_description_belongs_together()
    {
        Assert.Equal(Samples.RecipientText, Samples.Identity.Recipient.ToString());
        Assert.Equal(Samples.IdentityText, Samples.Identity.RevealText());
        Assert.True(AgeRecipient.TryParse($"  {Samples.RecipientText}\n", out var recipient));
        Assert.Equal(Samples.Identity.Recipient, recipient);
    }

    [Fact]
    public void A_made_key_can_be_written_down_and_read_again()
    {
        using var made = AgeIdentity.Generate();
        using var other = AgeIdentity.Generate();
        using var read = Samples.ReadIdentity(made.RevealText());
        Assert.Equal(made.Recipient, read.Recipient);
        Assert.NotEqual(made.Recipient, other.Recipient);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("age1")]
    [InlineData("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwk")] // checksum
    [InlineData("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw")]
    [InlineData("AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ")]
    [InlineData("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73EQUNUJWJ")]
    [InlineData("age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73équnujwj")]
    [InlineData("age1zvkyg2lqzraa2lnjvqej32 nkuu0ues2s82hzrye869xeexvn73equnujwj")]
    [InlineData(Samples.IdentityText)]
    public void Text_that_is_no_recipient_is_refused(string? text) => Assert.False(AgeRecipient.TryParse(text, out _));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AGE-SECRET-KEY-1")]
    [InlineData("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEZ")]
    [InlineData("age-secret-key-1gfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpyysjzgfpq4egaex")]
    [InlineData(Samples.RecipientText)]
    public void Text_that_is_no_identity_is_refused(string? text) => Assert.False(AgeIdentity.TryParse(text, out _));

    [Theory]
    [InlineData("age", 32, 0)] // the zero point
    [InlineData("age", 32, 1)]
    [InlineData("age", 31, 9)]
    [InlineData("age", 33, 9)]
    [InlineData("ag", 32, 9)]
    [InlineData("age1", 32, 9)]
    public void A_well_formed_text_with_another_meaning_is_no_recipient(string prefix, int length, byte first)
    {
        var key = new byte[length];
        key[0] = first;
        Assert.False(AgeRecipient.TryParse(Bech32.Encode(prefix, key), out _));
        Assert.True(AgeRecipient.TryParse(Bech32.Encode("age", [9, .. new byte[31]]), out _));
    }

    [Theory] // BIP 173, and one over its limit of 90 characters, which does not hold here
    [InlineData("A12UEL5L", true)]
    [InlineData("an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs", true)]
    [InlineData("abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", true)]
    [InlineData("split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w", true)]
    [InlineData("pzry9x0s0muk", false)]
    [InlineData("1pzry9x0s0muk", false)]
    [InlineData("x1b4n0q5v", false)]
    [InlineData("li1dgmt3", false)]
    [InlineData("A1G7SGD8", false)]
    [InlineData("10a06t8", false)]
    [InlineData("1qzzfhee", false)]
    [InlineData("a12UEL5L", false)]
    public void Bech32_is_read_as_its_description_says(string text, bool valid) =>
        Assert.Equal(valid, Bech32.TryDecode(text, out _, out _));

    [Fact]
    public void Any_bytes_survive_bech32_and_every_changed_letter_is_noticed()
    {
        for (var length = 0; length < 40; length++)
        {
            var bytes = Samples.Content(length);
            var text = Bech32.Encode("age", bytes);
            Assert.True(Bech32.TryDecode(text, out var prefix, out var again));
            Assert.Equal("age", prefix);
            Assert.Equal(bytes, again);
            for (var i = 0; i < text.Length; i++)
            {
                var other = text[i] == 'q' ? 'p' : 'q';
                Assert.False(Bech32.TryDecode(text[..i] + other + text[(i + 1)..], out _, out _));
            }
        }
    }

    [Fact]
    public void An_identity_file_holds_keys_comments_and_empty_lines()
    {
        using var other = AgeIdentity.Generate();
        var text = $"# made by hand\r\n# public key: {Samples.RecipientText}\r\n{Samples.IdentityText}\r\n\n  \n{other.RevealText()}";
        Assert.True(AgeIdentity.TryParseFile(text, out var keys));
        Assert.Equal(2, keys.Count);
        Assert.Equal(Samples.RecipientText, keys[0].Recipient.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData(Samples.IdentityText + "\nnonsense")]
    [InlineData(Samples.RecipientText)]
    public void A_file_without_keys_or_with_more_is_no_identity_file(string? text)
    {
        Assert.False(AgeIdentity.TryParseFile(text, out var keys));
        Assert.Empty(keys);
    }

    [Fact]
    public void Nothing_that_holds_a_secret_prints_it()
    {
        object[] holders = [Samples.Identity, AgeIdentity.FromPassphrase("s3cret"), AgeRecipient.FromPassphrase("s3cret")];
        Assert.All(holders, holder => Assert.DoesNotContain("s3cret", holder.ToString(), StringComparison.OrdinalIgnoreCase));
        Assert.Equal(nameof(X25519Identity), Samples.Identity.ToString());
    }

    [Fact]
    public void A_disposed_key_is_gone()
    {
        var identity = AgeIdentity.Generate();
        identity.Dispose();
        Assert.Throws<ObjectDisposedException>(() => identity.RevealText());
    }

    [Theory]
    [InlineData("", 18)]
    [InlineData("x", 0)]
    [InlineData("x", 23)]
    public void A_passphrase_without_words_or_bounds_is_our_bug(string passphrase, int workFactor)
    {
        Assert.ThrowsAny<ArgumentException>(() => AgeRecipient.FromPassphrase(passphrase, workFactor));
        Assert.ThrowsAny<ArgumentException>(() => AgeIdentity.FromPassphrase(passphrase, workFactor));
    }
}
