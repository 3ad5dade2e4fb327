namespace Migrator.Jobs.Storage;

/// <summary>
/// The data folder, locked for this process. SQLite is for one process: a second one would run the same migrations beside the first,
/// so its start is refused. The lock is the operating system's and ends with the process, however that ends.
/// </summary>
public sealed class DataFolder : IDisposable
{
    private readonly FileStream? _lock;

    private DataFolder(string path, FileStream? held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>Makes the folder if needed (for this user only) and, where asked, takes its lock.</summary>
    /// <exception cref="StartRefusedException">Another process has it, or it cannot be written.</exception>
    public static DataFolder Open(string folder, bool exclusive)
    {
        var path = System.IO.Path.GetFullPath(folder);
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The data folder {path} cannot be made: {problem.Message}", problem);
        }

        if (!exclusive)
            return new DataFolder(path, null);
        try
        {
            var file = System.IO.Path.Combine(path, "migrator.lock");
            return new DataFolder(path, OpenOwnFile(file, FileShare.None));
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new StartRefusedException($"The data folder {path} cannot be written: {problem.Message}", problem);
        }
        catch (IOException problem)
        {
            throw new StartRefusedException(
                $"Another Migrator is running with the data folder {path}. Stop it first, or give this one a folder of its own "
                + "(Migrator:Data). To run several at once, use PostgreSQL (Migrator:Database:Provider=postgres).",
                problem);
        }
    }

    /// <summary>
    /// Makes files that others make otherwise, such as a database, first: empty and readable for this user only, so that they never are
    /// anything else. One that is there already loses the rights of others.
    /// </summary>
    public static void MakePrivate(params ReadOnlySpan<string> files)
    {
        foreach (var file in files)
            OpenOwnFile(file, FileShare.ReadWrite | FileShare.Delete).Dispose();
    }

    public void Dispose() => _lock?.Dispose();

    private static FileStream OpenOwnFile(string file, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (OperatingSystem.IsWindows())
            return new FileStream(file, options);
        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var opened = new FileStream(file, options);
        try
        {
            File.SetUnixFileMode(opened.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }
}
