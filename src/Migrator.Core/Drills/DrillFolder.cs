using Microsoft.Extensions.Logging;
using Migrator.Core.Backups;

namespace Migrator.Core.Drills;

/// <summary>
/// The folder of one drill, and a lock beside it that lives as long as the process: what a killed drill left can so be told from what one
/// needs that is under way, here or in another process.
/// </summary>
internal sealed class DrillFolder : IDisposable
{
    private const string Prefix = "drill-";
    private const string LockSuffix = ".lock";

    private readonly FileStream _lock;

    private DrillFolder(string path, FileStream door) => (Path, _lock) = (path, door);

    public string Path { get; }

    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static DrillFolder Create(string workFolder)
    {
        PrivateFile.CreateFolder(workFolder);
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(workFolder), Prefix + Guid.NewGuid().ToString("N"));
        // The lock first: a folder without one is nobody's.
        var door = Lock(path);
        PrivateFile.CreateFolder(path);
        return new DrillFolder(path, door);
    }

    /// <summary>Deletes the folders that nobody holds. One that cannot be deleted is told to the log, and tried again next time.</summary>
    public static void Sweep(string workFolder, ILogger log)
    {
        if (!Directory.Exists(workFolder)) return;
        foreach (var path in Directory.EnumerateDirectories(workFolder, Prefix + "*"))
        {
            try
            {
                using var door = Lock(path);
                Directory.Delete(path, recursive: true);
                Log.Swept(log, path);
            }
            catch (IOException problem)
            {
                Log.NotSwept(log, path, problem.Message);
            }
        }
    }

    public string Subfolder(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        PrivateFile.CreateFolder(path);
        return path;
    }

    public static void Empty(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }

    public void Dispose()
    {
        Empty(Path);
        _lock.Dispose();
    }

    private static FileStream Lock(string path) =>
        new(path + LockSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
}
