namespace Migrator.Core.Backups;

/// <summary>Files that only the service can read: a repo may hold what its owner has not shown everyone.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A new or emptied file for writing.</summary>
    public static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = 1 << 16,
        Options = FileOptions.Asynchronous,
        UnixCreateMode = OwnerOnly,
    });

    /// <summary>A file that is held by one at a time, as a lock; made when it is not there.</summary>
    /// <exception cref="IOException">Another holds it.</exception>
    public static FileStream OpenAlone(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        UnixCreateMode = OwnerOnly,
    });

    public static FileStream OpenRead(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);

    /// <summary>Replaces a file as a whole: a reader sees the old or the new, never a half.</summary>
    public static async Task WriteWholeAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var temporary = path + ".new";
        await using (var stream = Create(temporary))
        {
            await stream.WriteAsync(bytes, ct).ConfigureAwait(false);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }

    public static void CreateFolder(string path) => Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
}
