using System.Formats.Tar;

namespace Migrator.Core.Backups;

/// <summary>
/// One tar archive, written as it goes: nothing but the entry under way is held. Without its end, which <see cref="FinishAsync"/> writes,
/// every reader says that the archive is cut.
/// </summary>
/// <param name="destination">Need not be able to seek; stays open.</param>
/// <param name="at">The time of every entry.</param>
public sealed class TarSink(Stream destination, DateTimeOffset at) : IExportSink
{
    /// <summary>Of the older header, which every reader knows; longer names need a second header.</summary>
    private const int ShortName = 100;

    private readonly TarWriter _tar = new(destination, TarEntryFormat.Pax, leaveOpen: true);

    public async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        await AddAsync(path, stream, ct).ConfigureAwait(false);
    }

    public async Task TakeAsync(string path, string file, CancellationToken ct)
    {
        await using var stream = new FileStream(
            file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.DeleteOnClose | FileOptions.SequentialScan);
        await AddAsync(path, stream, ct).ConfigureAwait(false);
    }

    /// <summary>Writes the end of the archive. Not to be called where something went wrong before.</summary>
    public ValueTask FinishAsync() => _tar.DisposeAsync();

    private Task AddAsync(string path, Stream content, CancellationToken ct)
    {
        // The size field of the older header ends at 8 GiB.
        TarEntry entry = path.Length < ShortName && content.Length < 8L << 30
            ? new UstarTarEntry(TarEntryType.RegularFile, path)
            : new PaxTarEntry(TarEntryType.RegularFile, path);
        entry.ModificationTime = at;
        entry.Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        entry.DataStream = content;
        return _tar.WriteEntryAsync(entry, ct);
    }
}
