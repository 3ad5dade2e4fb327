using Microsoft.Win32.SafeHandles;
using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// The CAR files of one repository, seen as one run of bytes: the second starts where the first ends. Bytes are read at a position
/// (pread) and never mapped, so the files do not count as memory of the process. Safe to use from many threads.
/// </summary>
internal sealed class BlockFiles : IDisposable
{
    private readonly List<OpenFile> _files = [];

    /// <exception cref="RepoFaultException">Together the files are larger than allowed.</exception>
    /// <exception cref="IOException">A file cannot be opened.</exception>
    public BlockFiles(IReadOnlyList<string> paths, CarLimits limits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.MaxBlockBytes, BlockLocation.MaxDataLength);
        try
        {
            foreach (var path in paths) Add(File.OpenHandle(path));
            var most = Math.Min(limits.MaxBytes, BlockLocation.MaxOffset);
            if (TotalBytes > most) throw new RepoFaultException(RepoFault.CarTooLarge, -1, $"{TotalBytes} bytes, {most} are allowed");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Lays a file behind the others, as long as it now is. It is closed with them.</summary>
    public void Add(SafeFileHandle handle)
    {
        _files.Add(new OpenFile(handle, TotalBytes, RandomAccess.GetLength(handle)));
        TotalBytes += _files[^1].Length;
    }

    /// <summary>Says that the last file has grown to so many bytes.</summary>
    public void GrowLast(long length)
    {
        _files[^1] = _files[^1] with { Length = length };
        TotalBytes = _files[^1].Start + length;
    }

    public int Count => _files.Count;

    public long TotalBytes { get; private set; }

    public (long Start, long End) Extent(int file) => (_files[file].Start, _files[file].Start + _files[file].Length);

    /// <summary>Which file a position lies in, and where in it.</summary>
    public (int File, long Offset) Locate(long offset)
    {
        var file = FileAt(offset);
        return (file, offset - _files[file].Start);
    }

    /// <summary>Fills the buffer from <paramref name="offset"/> on; the bytes must lie within one file.</summary>
    /// <exception cref="RepoFaultException">The file has become shorter.</exception>
    public void Read(long offset, Span<byte> buffer)
    {
        var file = _files[FileAt(offset)];
        var at = offset - file.Start;
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(file.Handle, buffer, at);
            if (read == 0) throw new RepoFaultException(RepoFault.FileChanged, offset, "the file ends earlier than before");
            buffer = buffer[read..];
            at += read;
        }
    }

    private int FileAt(long offset)
    {
        var file = _files.Count - 1;
        while (_files[file].Start > offset) file--;
        return file;
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Handle.Dispose();
    }

    private sealed record OpenFile(SafeFileHandle Handle, long Start, long Length);
}
