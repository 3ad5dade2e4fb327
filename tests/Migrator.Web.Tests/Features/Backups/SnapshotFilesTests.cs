using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.Backups;
using Migrator.Web.Features.Backups;
using Xunit;

namespace Migrator.Web.Tests.Features.Backups;

public sealed class SnapshotFilesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_download_that_is_broken_off_ends_its_writer()
    {
        var ended = false;
        void Write(Stream stream)
        {
            try
            {
                for (var i = 0; i < 1000; i++)
                    stream.Write(new byte[64 * 1024]); // far more than the pipe holds
            }
            finally
            {
                ended = true;
            }
        }

        await Assert.ThrowsAsync<IOException>(() => SnapshotFiles.PumpAsync(Write, new Gone(), Ct));

        Assert.True(ended);
    }

    [Fact]
    public async Task What_is_written_arrives_and_a_fault_in_its_middle_is_told()
    {
        var body = new MemoryStream();
        await SnapshotFiles.PumpAsync(
            stream =>
            {
                for (byte i = 0; i < 100; i++)
                    stream.Write([.. Enumerable.Repeat(i, 5000)]);
            }, body, Ct);
        Assert.Equal(Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat((byte)i, 5000)), body.ToArray());

        await Assert.ThrowsAsync<InvalidDataException>(() => SnapshotFiles.PumpAsync(_ => throw new InvalidDataException("damaged"), body, Ct));
    }

    [Theory]
    [InlineData("/backups/snapshots/x/record.json", "text/plain")]
    [InlineData("/api/v1/backups/snapshots/x/record", "application/problem+json")]
    public async Task A_part_that_cannot_be_read_is_said_to_be_one_to_people_and_programs_alike(string path, string type)
    {
        using var services = new ServiceCollection().AddLogging().BuildServiceProvider();
        foreach (var fault in new Exception[]
        {
            new RepoFaultException(RepoFault.FileChanged, 17, "another block stood here"),
            new SnapshotFaultException(SnapshotFault.Missing, "objects/x.age", "it is not in the vault"),
        })
        {
            var http = new DefaultHttpContext { RequestServices = services };
            http.Request.Path = path;
            http.Response.Body = new MemoryStream();
            var answer = await SnapshotFiles.GuardAsync(http, () => throw fault);
            await answer!.ExecuteAsync(http);
            Assert.Equal((503, type), (http.Response.StatusCode, http.Response.ContentType!.Split(';')[0]));
            Assert.Contains("This part of the snapshot cannot be read.",
                System.Text.Encoding.UTF8.GetString(((MemoryStream)http.Response.Body).ToArray()), StringComparison.Ordinal);
        }
    }

    /// <summary>The body of a response to a browser that is not there any more.</summary>
    private sealed class Gone : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromException(new IOException("The client is gone"));

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromException(new IOException("The client is gone"));
    }
}
