using System.Formats.Tar;
using System.IO.Compression;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.Accounts;

public sealed class FileSearchTests : IDisposable
{
    private static readonly byte[] Picture = [.. Enumerable.Range(0, 5000).Select(i => (byte)i)];
    private static readonly Cid PictureCid = Cid.ForRaw(Picture);

    /// <summary>A CAR header with one root: enough to be taken for a CAR; whether it is one is for others to say.</summary>
    private static readonly byte[] CarStart =
        [58, 0xa2, 0x65, .. "roots"u8, 0x81, 0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01, 0x71, 0x12, 0x20, .. new byte[32], 0x67, .. "version"u8, 0x01];

    private readonly string _folder = Directory.CreateTempSubdirectory("file-search-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_blob_is_known_by_its_bytes_whatever_it_is_called()
    {
        Write("holiday.jpg", Picture);
        Write(PictureCid.ToString(), "other bytes"u8.ToArray());
        var found = await FindAsync(_folder);
        Assert.Equal([(PictureCid, Path.Combine(_folder, "holiday.jpg"), (long)Picture.Length)], found);
    }

    [Theory, InlineData("zip"), InlineData("tar"), InlineData("tar.gz")]
    public async Task Archives_are_looked_into_and_their_paths_lead_nowhere(string kind)
    {
        var archive = Archive(kind, ("../../outside.jpg", Picture), ("deep/repo.bin", CarStart), ("preferences.json", "[]"u8.ToArray()));
        var (cid, path, length) = Assert.Single(await FindAsync(archive));
        Assert.Equal((PictureCid, (long)Picture.Length), (cid, length));
        Assert.Equal(Path.Combine(_folder, "staging"), Path.GetDirectoryName(path));
        Assert.Equal(Picture, await File.ReadAllBytesAsync(path, Cancel));

        var files = await new FileSearch(Path.Combine(_folder, "staging2"), FileSearchLimits.Default).FindRepoFilesAsync(archive, Cancel);
        Assert.Equal(CarStart, await File.ReadAllBytesAsync(Assert.Single(files.Cars), Cancel));
        Assert.Equal("[]", await File.ReadAllTextAsync(files.Preferences!, Cancel));
    }

    [Fact]
    public async Task What_is_not_wanted_leaves_nothing_behind()
    {
        var archive = Archive("zip", ("a.jpg", "not wanted"u8.ToArray()));
        Assert.Empty(await FindAsync(archive));
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder, "staging")));
    }

    [Fact]
    public async Task A_CAR_file_is_known_by_its_header_and_not_by_its_name()
    {
        Write("export.dat", CarStart);
        Write("no.car", "text"u8.ToArray());
        var files = await new FileSearch(Path.Combine(_folder, "s"), FileSearchLimits.Default).FindRepoFilesAsync(_folder, Cancel);
        Assert.Equal([Path.Combine(_folder, "export.dat")], files.Cars);
    }

    [Fact]
    public async Task Links_are_not_followed()
    {
        var elsewhere = Directory.CreateTempSubdirectory("elsewhere-").FullName;
        await File.WriteAllBytesAsync(Path.Combine(elsewhere, "secret.jpg"), Picture, Cancel);
        File.CreateSymbolicLink(Path.Combine(_folder, "link.jpg"), Path.Combine(elsewhere, "secret.jpg"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "round"), _folder);
        Assert.Empty(await FindAsync(_folder));
        Directory.Delete(elsewhere, recursive: true);
    }

    [Fact]
    public async Task An_archive_that_unfolds_without_end_is_left()
    {
        var archive = Archive("zip", ("zeros", new byte[10_000_000]));
        var limits = FileSearchLimits.Default with { UnpackedBytes = 1_000_000 };
        await Assert.ThrowsAsync<FileSearchException>(() => new FileSearch(Path.Combine(_folder, "s"), limits).FindBlobsAsync(archive, new HashSet<Cid> { PictureCid }, (_, _, _) => { }, Cancel));
        var few = FileSearchLimits.Default with { Files = 1 };
        Write("one", [1]);
        await Assert.ThrowsAsync<FileSearchException>(() => new FileSearch(Path.Combine(_folder, "s"), few).FindRepoFilesAsync(_folder, Cancel));
    }

    [Fact]
    public async Task A_damaged_archive_or_one_that_is_gone_is_said_in_words()
    {
        var archive = Archive("zip", ("a.jpg", Picture));
        var bytes = await File.ReadAllBytesAsync(archive, Cancel);
        await File.WriteAllBytesAsync(archive, bytes[..(bytes.Length / 2)], Cancel);
        var problem = await Assert.ThrowsAsync<FileSearchException>(() => FindAsync(archive));
        Assert.Contains("kept.zip", problem.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FileSearchException>(() => FindAsync(Path.Combine(_folder, "nothing")));
    }

    private async Task<List<(Cid, string, long)>> FindAsync(string place)
    {
        var found = new List<(Cid, string, long)>();
        await new FileSearch(Path.Combine(_folder, "staging"), FileSearchLimits.Default)
            .FindBlobsAsync(place, new HashSet<Cid> { PictureCid }, (cid, path, length) => found.Add((cid, path, length)), Cancel);
        return found;
    }

    private void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(_folder, name), bytes);

    private string Archive(string kind, params (string Name, byte[] Bytes)[] entries)
    {
        var path = Path.Combine(_folder, "kept." + kind);
        using var file = File.Create(path);
        if (kind == "zip")
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            foreach (var (name, bytes) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(bytes);
            }

            return path;
        }

        using Stream inner = kind == "tar" ? file : new GZipStream(file, CompressionMode.Compress);
        using var tar = new TarWriter(inner, TarEntryFormat.Ustar);
        foreach (var (name, bytes) in entries)
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
        return path;
    }
}
