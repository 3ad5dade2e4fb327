using System.Buffers;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Accounts;

/// <summary>
/// Looks through a person's files, folders and archives (zip, tar, tar.gz) for the parts of an account. What a file is, is seen from its
/// bytes: CAR files by their header, blobs by their hash. Names decide nothing but <c>preferences.json</c>, and nothing is ever written
/// where an archive's names point.
/// </summary>
/// <param name="staging">An own folder for what comes out of archives; readable by the service alone.</param>
public sealed class FileSearch(string staging, FileSearchLimits limits)
{
    private const string PreferencesName = "preferences.json";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private int _files;
    private int _staged;

    /// <summary>Finds CAR files and preferences.</summary>
    /// <param name="place">Full path of a file or folder.</param>
    /// <exception cref="FileSearchException">It cannot be searched.</exception>
    public Task<FoundFiles> FindRepoFilesAsync(string place, CancellationToken ct) => GuardAsync(place, async () =>
    {
        var found = new FoundFiles();
        await WalkAsync(place, (entry, token) => TakeRepoFileAsync(entry, found, token), ct);
        return found;
    });

    /// <summary>Finds blobs that are wanted. Each file is hashed whole.</summary>
    /// <param name="found">Is told the CID, a path where its bytes lie (the file itself, or a copy out of an archive), and how many they are.</param>
    /// <inheritdoc cref="FindRepoFilesAsync"/>
    public Task FindBlobsAsync(string place, IReadOnlySet<Cid> wanted, Action<Cid, string, long> found, CancellationToken ct) => GuardAsync(place, async () =>
    {
        await WalkAsync(place, (entry, token) => TakeBlobAsync(entry, wanted, found, token), ct);
        return true;
    });

    private static async Task<T> GuardAsync<T>(string place, Func<Task<T>> search)
    {
        var name = Path.GetFileName(place.TrimEnd(Path.DirectorySeparatorChar));
        try
        {
            return await search();
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileSearchException($"{name} is not there any more.", problem);
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new FileSearchException($"Migrator may not read {name}: change its permissions.", problem);
        }
        catch (Exception problem) when (problem is InvalidDataException or FormatException or EndOfStreamException)
        {
            throw new FileSearchException($"{name} is a damaged archive, or of a kind that Migrator does not read: {problem.Message}", problem);
        }
    }

    private async Task WalkAsync(string place, Func<Entry, CancellationToken, Task> take, CancellationToken ct)
    {
        if (!Directory.Exists(place))
        {
            await OpenFileAsync(place, take, ct);
            return;
        }

        // Links are not followed: they lead out of what was named, or round in circles.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
        foreach (var path in Directory.EnumerateFiles(place, "*", options))
            await OpenFileAsync(path, take, ct);
    }

    private async Task OpenFileAsync(string path, Func<Entry, CancellationToken, Task> take, CancellationToken ct)
    {
        CountFile();
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
        var kind = await FileKinds.OfAsync(file, ct);
        file.Position = 0;
        switch (kind)
        {
            case FileKind.Zip:
                // A picture may be a zip to its creator (some formats are): it is a blob as well.
                await take(new Entry(Path.GetFileName(path), file, path, kind), ct);
                file.Position = 0;
                await UnzipAsync(file, take, ct);
                break;
            case FileKind.Tar:
                await take(new Entry(Path.GetFileName(path), file, path, kind), ct);
                file.Position = 0;
                await UntarAsync(file, take, ct);
                break;
            case FileKind.Gzip:
                await take(new Entry(Path.GetFileName(path), file, path, kind), ct);
                file.Position = 0;
                await GunzipAsync(path, file, take, ct);
                break;
            default:
                await take(new Entry(Path.GetFileName(path), file, path, kind), ct);
                break;
        }
    }

    private async Task UnzipAsync(Stream file, Func<Entry, CancellationToken, Task> take, CancellationToken ct)
    {
        using var zip = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        var left = limits.UnpackedBytes;
        foreach (var item in zip.Entries.Where(item => item.Name.Length > 0))
        {
            CountFile();
            await using var body = new CountedStream(await item.OpenAsync(ct), () => left, read => left -= read);
            await take(new Entry(item.Name, body, null, FileKind.Other), ct);
        }
    }

    private async Task UntarAsync(Stream file, Func<Entry, CancellationToken, Task> take, CancellationToken ct)
    {
        await using var tar = new TarReader(file, leaveOpen: true);
        var left = limits.UnpackedBytes;
        while (await tar.GetNextEntryAsync(copyData: false, ct) is { } item)
        {
            CountFile();
            if (item.DataStream is null || item.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            await using var body = new CountedStream(item.DataStream, () => left, read => left -= read);
            await take(new Entry(Path.GetFileName(item.Name), body, null, FileKind.Other), ct);
        }
    }

    private async Task GunzipAsync(string path, Stream file, Func<Entry, CancellationToken, Task> take, CancellationToken ct)
    {
        FileKind inner;
        await using (var head = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true))
            inner = await FileKinds.OfAsync(head, ct);
        file.Position = 0;
        var left = limits.UnpackedBytes;
        await using var body = new CountedStream(new GZipStream(file, CompressionMode.Decompress, leaveOpen: true), () => left, read => left -= read);
        if (inner == FileKind.Tar)
            await UntarAsync(body, take, ct);
        else
            await take(new Entry(Path.GetFileNameWithoutExtension(path), body, null, FileKind.Other), ct);
    }

    private async Task TakeRepoFileAsync(Entry entry, FoundFiles found, CancellationToken ct)
    {
        var isPreferences = entry.Name.Equals(PreferencesName, StringComparison.OrdinalIgnoreCase);
        if (entry.Path is { } path)
        {
            if (entry.Kind == FileKind.Car)
                found.Cars.Add(path);
            else if (isPreferences)
                found.Preferences ??= path;
            return;
        }

        var head = new byte[FileKinds.HeadLength];
        var length = await entry.Stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, ct);
        var isCar = FileKinds.Of(head.AsSpan(0, length)) == FileKind.Car;
        if (!isCar && !isPreferences)
            return;
        var copy = await StageAsync(head.AsMemory(0, length), entry.Stream, limits.CarBytes, null, ct);
        if (isCar)
            found.Cars.Add(copy);
        else
            found.Preferences ??= copy;
    }

    private async Task TakeBlobAsync(Entry entry, IReadOnlySet<Cid> wanted, Action<Cid, string, long> found, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (entry.Path is { } path)
        {
            var length = await CopyAsync(ReadOnlyMemory<byte>.Empty, entry.Stream, null, hash, long.MaxValue, ct);
            if (Match(hash, wanted) is { } cid)
                found(cid, path, length);
            return;
        }

        var copy = await StageAsync(ReadOnlyMemory<byte>.Empty, entry.Stream, limits.BlobBytes, hash, ct);
        if (Match(hash, wanted) is { } named)
            found(named, copy, new FileInfo(copy).Length);
        else
            File.Delete(copy);
    }

    private static Cid? Match(IncrementalHash hash, IReadOnlySet<Cid> wanted)
    {
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        hash.GetHashAndReset(digest);
        var raw = Cid.FromDigest(CidCodec.Raw, digest);
        if (wanted.Contains(raw))
            return raw;
        // Very old records name a blob by a CID of the other kind; the digest is what counts.
        var other = Cid.FromDigest(CidCodec.DagCbor, digest);
        return wanted.Contains(other) ? other : null;
    }

    private async Task<string> StageAsync(ReadOnlyMemory<byte> begun, Stream rest, long most, IncrementalHash? hash, CancellationToken ct)
    {
        Directory.CreateDirectory(staging, OwnerOnly | UnixFileMode.UserExecute);
        var path = Path.Combine(staging, $"part-{_staged++}");
        await using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = OwnerOnly,
        });
        await CopyAsync(begun, rest, file, hash, most, ct);
        return path;
    }

    private static async Task<long> CopyAsync(
        ReadOnlyMemory<byte> begun, Stream rest, Stream? destination, IncrementalHash? hash, long most, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            if (destination is not null)
                await destination.WriteAsync(begun, ct);
            var total = (long)begun.Length;
            int read;
            while ((read = await rest.ReadAsync(buffer, ct)) > 0)
            {
                total += read;
                if (total > most)
                    throw new FileSearchException($"An archive holds a file of more than {most:N0} bytes.");
                hash?.AppendData(buffer, 0, read);
                if (destination is not null)
                    await destination.WriteAsync(buffer.AsMemory(0, read), ct);
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void CountFile()
    {
        if (++_files > limits.Files)
            throw new FileSearchException($"There are more than {limits.Files:N0} files. Name the folder that holds the backup alone.");
    }

    /// <param name="Path">Where the file lies; null inside an archive.</param>
    private sealed record Entry(string Name, Stream Stream, string? Path, FileKind Kind);
}
