namespace Migrator.Core.Backups;

/// <summary>Where the plain files of a snapshot go. One call at a time.</summary>
public interface IExportSink
{
    /// <param name="path">Relative, with slashes; never leads out.</param>
    Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken ct);

    /// <summary>Takes a finished file; afterwards it is not at <paramref name="file"/> any more.</summary>
    Task TakeAsync(string path, string file, CancellationToken ct);
}
