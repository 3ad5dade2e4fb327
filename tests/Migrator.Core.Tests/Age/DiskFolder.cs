namespace Migrator.Core.Tests.Age;

/// <summary>Files on disk for one test, gone after it.</summary>
internal sealed class DiskFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("age-").FullName;
    private int _count;

    /// <summary>A file with these bytes, open for reading, from its beginning.</summary>
    public FileStream Open(byte[] content)
    {
        var path = NewPath();
        File.WriteAllBytes(path, content);
        return File.OpenRead(path);
    }

    /// <summary>An empty file, open for writing.</summary>
    public FileStream Create() => new(NewPath(), FileMode.CreateNew, FileAccess.Write, FileShare.Read);

    /// <summary>What was written so far.</summary>
    public byte[] Read(FileStream file)
    {
        file.Flush();
        return File.ReadAllBytes(file.Name);
    }

    public string NewPath() => Path.Combine(_path, $"file-{_count++}");

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
