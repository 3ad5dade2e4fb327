using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Migrator.Core.Vaults;

/// <summary>
/// A vault in a folder. An object is written beside the others under a name that none can have, synced, and only then given its name in
/// one step that fails when the name is taken; then the folder is synced. So whatever is visible is whole, also after a power cut.
/// Folders are for their owner alone (0700), files too (0600).
/// </summary>
internal sealed class FileVault : IVault
{
    private readonly VaultFolder _folder;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<string, string, int> _link;
    private int _swept;

    /// <param name="folder">Full path.</param>
    /// <param name="time">Tells how old leftovers are.</param>
    /// <param name="log">Where to say so.</param>
    /// <param name="link">Gives a file a second name; <see cref="Libc.Link"/> unless a test wants a file system without that.</param>
    public FileVault(string folder, TimeProvider time, ILogger log, Func<string, string, int>? link = null) =>
        (_folder, _time, _log, _link) = (new VaultFolder(folder), time, log, link ?? Libc.Link);

    public string Name => _folder.Root;

    public Task<VaultReceipt> PutAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancel) =>
        PutAsync(VaultName.Check(name), write, isSetUp: name == VaultMarker.ObjectName, cancel);

    public Task<Stream> OpenAsync(string name, CancellationToken cancel) => OpenPartAsync(name, 0, int.MaxValue, cancel);

    public Task<Stream> OpenPartAsync(string name, long from, int length, CancellationToken cancel)
    {
        VaultName.Check(name);
        return RunAsync<Stream>(() =>
        {
            if (name != VaultMarker.ObjectName) _folder.EnsureSame();
            try
            {
                return new VaultReadStream(Open(_folder.PathOf(name), from), fault => FileFaults.Name(fault, Name));
            }
            catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
            {
                throw new VaultException(VaultFault.NotFound, $"{Name} has no object {name}.", fault);
            }
        });
    }

    public Task<VaultObject?> FindAsync(string name, CancellationToken cancel)
    {
        VaultName.Check(name);
        return RunAsync(() =>
        {
            _folder.EnsureSame();
            var file = new FileInfo(_folder.PathOf(name));
            return file.Exists ? new VaultObject(name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc)) : null;
        });
    }

    public async IAsyncEnumerable<VaultObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancel)
    {
        VaultName.CheckPrefix(prefix);
        await Task.CompletedTask.ConfigureAwait(false);
        using var found = Run(() =>
        {
            _folder.EnsureSame();
            return FolderListing.Of(_folder, prefix).GetEnumerator();
        });
        while (Run(found.MoveNext))
        {
            cancel.ThrowIfCancellationRequested();
            yield return found.Current;
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancel)
    {
        VaultName.Check(name);
        return RunAsync(() =>
        {
            _folder.EnsureSame();
            var path = _folder.PathOf(name);
            if (File.Exists(path)) File.Delete(path);
            if (name == VaultMarker.ObjectName) _folder.ForgetMarker();
            return true;
        });
    }

    public async Task<VaultTrial> TryOutAsync(CancellationToken cancel)
    {
        var trial = new VaultTrialRun(this, write: (name, content, stop) => PutAsync(name, content, isSetUp: true, stop));
        var steps = await trial.RunAsync(cancel).ConfigureAwait(false);
        if (steps[^1].Problem is not null) return new VaultTrial(steps);
        return new VaultTrial(steps, RefusesOverwrite: true, ObjectLock.None, Run(() => new DriveInfo(Name).AvailableFreeSpace))
        {
            Remarks = Run(() => File.GetUnixFileMode(Name)) is var mode && (mode & ~VaultFolder.FolderMode) != 0
                ? [$"Other users of this machine may look into {Name}. All in it is sealed, but sizes and times can be seen.", .. trial.Remarks] : trial.Remarks,
        };
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<VaultReceipt> PutAsync(
        string name, Func<Stream, CancellationToken, Task> write, bool isSetUp, CancellationToken cancel)
    {
        var file = Run(() => Prepare(name, isSetUp));
        await using (file.ConfigureAwait(false))
        {
            var stream = new VaultWriteStream((bytes, stop) => WriteAsync(file, bytes, stop));
            await using (stream.ConfigureAwait(false))
            {
                await write(stream, cancel).ConfigureAwait(false);
                var receipt = await stream.FinishAsync(name, cancel).ConfigureAwait(false);
                cancel.ThrowIfCancellationRequested();
                // On a thread of its own: it waits for the disk, and those of the pool are for work.
                await Task.Factory.StartNew(() => Publish(file, name), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
                    .ConfigureAwait(false);
                return receipt;
            }
        }
    }

    private void Publish(IncomingFile file, string name) => Run(() =>
    {
        _folder.EnsureSame();
        file.Publish(name);
        return true;
    });

    private async ValueTask WriteAsync(IncomingFile file, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await file.Stream.WriteAsync(bytes, cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (FileFaults.IsOne(fault))
        {
            throw FileFaults.Name(fault, Name);
        }
    }

    private IncomingFile Prepare(string name, bool isSetUp)
    {
        if (isSetUp) _folder.Make();
        _folder.EnsureSame();
        if (Interlocked.Exchange(ref _swept, 1) == 0 && IncomingFile.Sweep(_folder, _time.GetUtcNow(), _log) is var count and > 0)
            _log.LeftoversSwept(Name, count);
        if (File.Exists(_folder.PathOf(name))) throw IncomingFile.Taken(Name, name);
        return IncomingFile.Create(_folder, _link);
    }

    private static FileStream Open(string path, long from)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            // An object may be deleted while it is read, and never changes.
            Share = FileShare.Read | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
        });
        file.Position = from;
        return file;
    }

    private Task<T> RunAsync<T>(Func<T> act)
    {
        try
        {
            return Task.FromResult(Run(act));
        }
        catch (VaultException fault)
        {
            return Task.FromException<T>(fault);
        }
    }

    private T Run<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception fault) when (FileFaults.IsOne(fault))
        {
            throw FileFaults.Name(fault, Name);
        }
    }
}
