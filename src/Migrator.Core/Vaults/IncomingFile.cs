using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Migrator.Core.Vaults;

/// <summary>
/// An object on its way into a folder. Its file is locked while it is written, so that a sweep of what killed processes left behind can
/// tell the living from the dead, in this process and in others.
/// </summary>
internal sealed class IncomingFile : IAsyncDisposable
{
    private static readonly TimeSpan SweepAfter = TimeSpan.FromHours(1);

    private readonly VaultFolder _folder;
    private readonly Func<string, string, int> _link;
    private readonly string _path;

    private IncomingFile(VaultFolder folder, Func<string, string, int> link, string path, FileStream stream) =>
        (_folder, _link, _path, Stream) = (folder, link, path, stream);

    public FileStream Stream { get; }

    public static IncomingFile Create(VaultFolder folder, Func<string, string, int> link)
    {
        folder.MakeIncoming();
        var path = Path.Combine(folder.Incoming, Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture));
        return new IncomingFile(folder, link, path, new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }));
    }

    /// <summary>Gives the finished file its name. What is under that name already stays as it is.</summary>
    /// <exception cref="VaultException">The name is taken.</exception>
    public void Publish(string name)
    {
        Stream.Flush(flushToDisk: true);
        _folder.MakeFoldersOf(name);
        var path = _folder.PathOf(name);
        var error = _link(_path, path);
        if (error == Libc.Exists) throw Taken(_folder.Root, name);
        if (error != 0) Rename(path, name);
        _folder.Sync(Path.GetDirectoryName(path)!);
    }

    public static VaultException Taken(string vault, string name) => new(VaultFault.AlreadyThere,
        $"{vault} has an object of the name {name} already; it was left as it is.");

    /// <summary>
    /// Deletes what processes left here that were killed while they wrote, and returns how many. What another user left may not be ours
    /// to open or to delete: it is no reason not to write.
    /// </summary>
    public static int Sweep(VaultFolder folder, DateTimeOffset now, ILogger log)
    {
        var incoming = new DirectoryInfo(folder.Incoming);
        if (!incoming.Exists) return 0;
        var swept = 0;
        foreach (var file in incoming.EnumerateFiles())
        {
            // Young ones are left alone: some network file systems have no locks to tell by.
            if (now - file.LastWriteTimeUtc < SweepAfter) continue;
            try
            {
                if (IsLocked(file)) continue;
                file.Delete();
                swept++;
            }
            catch (UnauthorizedAccessException)
            {
                log.LeftoverNotOurs(folder.Root, file.Name);
            }
        }
        return swept;
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        File.Delete(_path);
    }

    // Some file systems (exFAT, some network mounts) have no hard links. There a look before the rename has to do.
    private void Rename(string path, string name)
    {
        try
        {
            if (File.Exists(path)) throw Taken(_folder.Root, name);
            File.Move(_path, path, overwrite: true); // overwrite: a plain rename, never a copy
        }
        catch (Exception fault) when (FileFaults.IsOne(fault))
        {
            throw FileFaults.Name(fault, _folder.Root);
        }
    }

    private static bool IsLocked(FileInfo file)
    {
        try
        {
            using var stream = file.Open(FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (FileNotFoundException)
        {
            return true; // its writer has just finished
        }
        catch (IOException)
        {
            return true;
        }
    }
}
