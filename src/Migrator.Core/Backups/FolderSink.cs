namespace Migrator.Core.Backups;

/// <summary>A folder on the same disk as the files that are taken.</summary>
internal sealed class FolderSink(string folder) : IExportSink
{
    private string _made = "";

    public async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        await using var file = PrivateFile.Create(Place(path));
        await file.WriteAsync(content, ct).ConfigureAwait(false);
    }

    public Task TakeAsync(string path, string file, CancellationToken ct)
    {
        File.Move(file, Place(path));
        return Task.CompletedTask;
    }

    private string Place(string path)
    {
        var full = Path.Combine(folder, path);
        var parent = Path.GetDirectoryName(full)!;
        if (parent != _made)
            PrivateFile.CreateFolder(_made = parent);
        return full;
    }
}
