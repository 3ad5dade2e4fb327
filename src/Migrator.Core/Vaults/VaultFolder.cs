using System.Collections.Concurrent;

namespace Migrator.Core.Vaults;

/// <summary>
/// The folder of a <see cref="FileVault"/>: where each object is, that it is still the same folder, and that nothing in it leads
/// elsewhere.
/// </summary>
internal sealed class VaultFolder(string root)
{
    public const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string IncomingName = ".incoming"; // no object can have such a name

    private readonly ConcurrentDictionary<string, bool> _made = new(StringComparer.Ordinal);
    private byte[]? _marker;

    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Where objects are until they are whole. Inside the vault: a name can only be given within one file system.</summary>
    /// <exception cref="VaultException">It is a symbolic link: files elsewhere would be swept, and objects written there.</exception>
    public string Incoming => PathOf(IncomingName);

    /// <summary>The path of an object.</summary>
    /// <exception cref="VaultException">A folder on the way, or the object itself, is a symbolic link.</exception>
    public string PathOf(string name)
    {
        var path = Root;
        foreach (var part in name.Split('/'))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is null) continue;
            throw new VaultException(VaultFault.Refused,
                $"{path} is a symbolic link. Migrator makes none and follows none inside a vault: look who put it there.");
        }
        return path;
    }

    /// <summary>
    /// Makes sure that the folder is there and holds the marker that it held when this process used it first. A disk that was taken
    /// away leaves an empty folder behind, and that must not be written to nor be taken for an empty vault.
    /// </summary>
    public void EnsureSame()
    {
        if (!Directory.Exists(Root))
        {
            throw new VaultException(VaultFault.Unreachable,
                $"The folder {Root} is not there. Nothing was written. If it is on a disk of its own, mount that.");
        }
        var path = PathOf(VaultMarker.ObjectName);
        var marker = File.Exists(path) ? ReadMarker(path) : null;
        if (Interlocked.CompareExchange(ref _marker, marker, null) is not { } known || marker.AsSpan().SequenceEqual(known)) return;
        throw new VaultException(VaultFault.Swapped,
            $"{Root} is not the vault that it was a moment ago: its {VaultMarker.ObjectName} is gone or another. Nothing was written. "
            + "Mount the right disk or move the right folder back.");
    }

    /// <summary>After it was taken away on purpose.</summary>
    public void ForgetMarker() => _marker = null;

    /// <summary>Makes the vault's own folder. Only for a vault that is being set up, and only where the folder above it is there.</summary>
    public void Make()
    {
        if (Path.GetDirectoryName(Root) is { } above && !Directory.Exists(above))
        {
            throw new VaultException(VaultFault.Unreachable,
                $"There is no folder {above} to make the vault in. If it is on a disk of its own, mount that.");
        }
        MakeFolder(Root);
    }

    /// <summary>Makes the folders that an object needs, each durable in the one above it.</summary>
    public void MakeFoldersOf(string name)
    {
        var path = Root;
        foreach (var part in name.Split('/')[..^1])
        {
            path = Path.Combine(path, part);
            if (!_made.ContainsKey(path)) MakeFolder(path);
        }
    }

    public void MakeIncoming() => MakeFolder(Incoming);

    public void Sync(string folder)
    {
        if (Libc.SyncFolder(folder) is var error and not 0) throw FileFaults.Name(error, Root);
    }

    private static byte[] ReadMarker(string path)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[VaultMarker.MaxLength];
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    private void MakeFolder(string path)
    {
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path, FolderMode);
            Sync(Path.GetDirectoryName(path)!);
        }
        _made[path] = true;
    }
}
