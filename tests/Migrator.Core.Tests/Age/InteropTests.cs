using Migrator.Core.Age;
using Xunit;

namespace Migrator.Core.Tests.Age;

/// <summary>The age tool opens what is sealed here, and here is opened what it seals.</summary>
public sealed class InteropTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<int, AgeForm> Files
    {
        get
        {
            var files = new TheoryData<int, AgeForm>();
            foreach (var length in new[] { 0, 1, 65535, 65536, 65537, (16 * 65536) + 1, 10_000_000 })
            {
                files.Add(length, AgeForm.Binary);
                files.Add(length, AgeForm.Armored);
            }
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_tool_opens_what_is_sealed_here(int length, AgeForm form)
    {
        using var tool = new AgeTool();
        var key = await tool.WriteAsync("key", Samples.Identity, Cancel);
        using var other = AgeIdentity.Generate();
        var made = await Samples.SealAsync(Samples.Content(length), form, Cancel, other.Recipient, Samples.Identity.Recipient);
        var file = await tool.WriteAsync("file.age", made, Cancel);

        var (code, _, errors) = await tool.RunAsync("age", "", Cancel, "-d", "-i", key, "-o", "content", file);

        Assert.True(code == 0, errors);
        // For no content the tool makes no file.
        Assert.Equal(Samples.Content(length), length > 0 ? await File.ReadAllBytesAsync(tool.PathOf("content"), Cancel) : []);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task What_the_tool_seals_is_opened_here(int length, AgeForm form)
    {
        using var tool = new AgeTool();
        using var other = AgeIdentity.Generate();
        var content = await tool.WriteAsync("content", Samples.Content(length), Cancel);

        string[] options = form == AgeForm.Armored ? ["-a"] : [];
        var (code, _, errors) = await tool.RunAsync(
            "age", "", Cancel, [.. options, "-r", other.Recipient.ToString(), "-r", Samples.RecipientText, "-o", "file.age", content]);

        Assert.True(code == 0, errors);
        var file = await File.ReadAllBytesAsync(tool.PathOf("file.age"), Cancel);
        foreach (var identity in new[] { other, Samples.Identity })
            Assert.Equal(Samples.Content(length), (await Opening.OfAsync(file, identity, Cancel)).Content);
    }

    [Fact]
    public async Task The_tool_notices_a_file_that_was_not_completed()
    {
        using var tool = new AgeTool();
        var file = await Samples.SealAsync(Samples.Content(100_000), AgeForm.Binary, Cancel);
        await tool.WriteAsync("file.age", file[..^1], Cancel);
        var key = await tool.WriteAsync("key", Samples.Identity, Cancel);

        Assert.NotEqual(0, (await tool.RunAsync("age", "", Cancel, "-d", "-i", key, "-o", "content", "file.age")).Code);
    }

    [Fact]
    public async Task Keys_of_both_sides_mean_the_same()
    {
        using var tool = new AgeTool();
        var (_, made, _) = await tool.RunAsync("age-keygen", "", Cancel);
        Assert.True(AgeIdentity.TryParseFile(made, out var identities));
        Assert.Contains($"# public key: {identities.Single().Recipient}", made, StringComparison.Ordinal);

        using var own = AgeIdentity.Generate();
        var (_, recipient, _) = await tool.RunAsync("age-keygen", own.RevealText(), Cancel, "-y");
        Assert.Equal(own.Recipient.ToString(), recipient.Trim());
    }

    [Fact]
    public async Task Passphrases_of_both_sides_mean_the_same()
    {
        using var tool = new AgeTool();
        // The tool asks a terminal for passphrases; this one makes a terminal of a pipe.
        if (AgeTool.Find("script") is null) Assert.Skip("The tool script is not installed here.");
        const string passphrase = "correct horse";
        var ours = await Samples.SealAsync([1, 2, 3], AgeForm.Binary, Cancel, AgeRecipient.FromPassphrase(passphrase, 12));
        await tool.WriteAsync("ours.age", ours, Cancel);
        await tool.WriteAsync("content", [4, 5, 6], Cancel);

        var opened = await tool.RunAsync("script", $"{passphrase}\n", Cancel, "-qec", "age -d -o opened ours.age", "/dev/null");
        var made = await tool.RunAsync(
            "script", $"{passphrase}\n{passphrase}\n", Cancel, "-qec", "age -p -o theirs.age content", "/dev/null");

        Assert.True(opened.Code == 0, opened.Output);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(tool.PathOf("opened"), Cancel));
        Assert.True(made.Code == 0, made.Output);
        var theirs = await File.ReadAllBytesAsync(tool.PathOf("theirs.age"), Cancel);
        Assert.Equal([4, 5, 6], (await Opening.OfAsync(theirs, AgeIdentity.FromPassphrase(passphrase), Cancel)).Content);
    }
}
