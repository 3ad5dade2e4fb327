namespace Migrator.Core.Migrations;

/// <summary>
/// The folder of one migration: the verified CAR files and the parity report. Readable by the service alone (0700),
/// because a repo may hold what its owner has not shown everyone; erased some time after the end.
/// </summary>
public sealed class Workspace(string folder)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Folder
    {
        get
        {
            Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
            return folder;
        }
    }

    /// <summary>A folder in it, made if need be.</summary>
    public string Subfolder(string name)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        return path;
    }

    public void EraseSubfolder(string name)
    {
        if (Directory.Exists(PathOf(name)))
            Directory.Delete(PathOf(name), recursive: true);
    }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public IReadOnlyList<string> PathsOf(IEnumerable<string> names) => [.. names.Select(PathOf)];

    /// <summary>Opens a new file for writing that only the service can read.</summary>
    public FileStream Create(string name) => new(PathOf(name), new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        BufferSize = 1 << 16,
        Options = FileOptions.Asynchronous,
        UnixCreateMode = OwnerOnly,
    });

    /// <summary>Replaces a file's content as a whole: a reader sees the old or the new, never a half.</summary>
    public async Task WriteWholeAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        var temporary = name + ".new";
        await using (var stream = Create(temporary))
        {
            await stream.WriteAsync(bytes, ct);
            stream.Flush(flushToDisk: true);
        }

        File.Move(PathOf(temporary), PathOf(name), overwrite: true);
    }

    public bool Has(IEnumerable<string> names) => names.All(name => File.Exists(PathOf(name)));

    public void Delete(string name) => File.Delete(PathOf(name));

    /// <summary>Deletes every file but the named ones: what an interrupted download left.</summary>
    public void KeepOnly(IReadOnlyCollection<string> names)
    {
        foreach (var path in Directory.EnumerateFiles(Folder))
        {
            if (!names.Contains(Path.GetFileName(path)))
                File.Delete(path);
        }
    }

    public void Erase()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
