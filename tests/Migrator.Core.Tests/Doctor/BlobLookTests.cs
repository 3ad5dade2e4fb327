using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Doctor;
using Migrator.Core.Tests.AtProto.Xrpc;
using Migrator.Testing.Faults;
using Xunit;

namespace Migrator.Core.Tests.Doctor;

public sealed class BlobLookTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Only_files_that_the_server_answered_for_are_said_to_be_fine(int answered)
    {
        await using var pds = await TestPds.StartAsync();
        var trouble = Reply.Error(500, "InternalServerError", "No storage");
        var left = answered;
        pds.Server.On("com.atproto.sync.getBlob", Reply.By(http =>
            (Interlocked.Decrement(ref left) >= 0 ? Reply.Body(200, "image/png", [1]) : trouble).Answer(http)));
        var notes = new CheckNotes();
        var facts = await BlobLook.LookAsync(pds.Anonymous, TestPds.Alice, Blobs(5), read: false, notes, null, Cancel);

        Assert.Equal((5, 5, 0, 5 - answered), (facts.Referenced, facts.Asked, facts.Missing, facts.Unknown));
        Assert.Equal(CheckVerdict.Undecided, notes.Conclude());
        var fine = notes.Findings.Where(finding => finding.Level == FindingLevel.Fine).Select(finding => finding.Text).ToList();
        if (answered == 0) Assert.Empty(fine);
        else Assert.StartsWith("2 of 5 files are served", Assert.Single(fine), StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_are_more_than_a_number_holds_are_summed_as_the_most()
    {
        var claims = Blobs(3).Select((blob, index) => blob with { Size = index == 0 ? 7 : long.MaxValue }).ToList();
        Assert.Equal((3, long.MaxValue), (BlobLook.Count(claims).Referenced, BlobLook.Count(claims).ReferencedBytes));
    }

    private static List<BlobReference> Blobs(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new BlobReference(Cid.ForRaw([(byte)i]), "image/png", 1, $"app.bsky.feed.post/{i}"))];
}
