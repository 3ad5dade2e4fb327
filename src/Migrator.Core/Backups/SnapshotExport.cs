using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// Takes everything out of a snapshot into a folder, or an archive, that needs no program to be read: each record as JSON, each blob as a
/// file, the repo as one CAR, and what proves who it was. Everything is verified on its way; what is damaged or absent is named, and does
/// not keep the rest from coming out.
/// </summary>
/// <remarks>
/// <c>repo.car</c> · <c>records/&lt;collection&gt;/&lt;record key&gt;.json</c> · <c>blobs/&lt;cid&gt;</c> · <c>blobs.json</c> (type, size and, where it did
/// not come out, the reason) · <c>preferences.json</c> · <c>did.json</c> · <c>plc-log.json</c> · <c>manifest.json</c>
/// </remarks>
public static class SnapshotExport
{
    private const int LongestName = 240;
    private const int BeginningKept = 120;

    private static readonly JsonWriterOptions ForPeople = new() { Indented = true };

    /// <param name="snapshot">From where.</param>
    /// <param name="folder">Full path; must not exist yet. It appears under this name only when it is complete.</param>
    /// <param name="progress">Told how many records and blobs are out.</param>
    /// <param name="ct">Stops it; what was written is removed.</param>
    /// <exception cref="SnapshotFaultException">The repo itself does not open or does not hold together: nothing is left in the folder.</exception>
    /// <exception cref="IOException">The folder is there already, or cannot be written.</exception>
    public static async Task<ExportedSnapshot> RunAsync(
        OpenedSnapshot snapshot, string folder, IProgress<long>? progress, CancellationToken ct)
    {
        if (Path.Exists(folder))
            throw new IOException($"{folder} exists already. Name a folder that does not exist: nothing is ever overwritten.");
        var unfinished = folder + ".unfinished";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        try
        {
            PrivateFile.CreateFolder(unfinished);
            var work = Path.Combine(unfinished, "work");
            PrivateFile.CreateFolder(work);
            var exported = await RunAsync(snapshot, new FolderSink(unfinished), work, progress, ct).ConfigureAwait(false);
            Directory.Delete(work, recursive: true);
            Directory.Move(unfinished, folder);
            return exported;
        }
        catch
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            throw;
        }
    }

    /// <summary>The same files, wherever they go.</summary>
    /// <param name="work">
    /// Exists; takes the unsealed repo, once more as one file while that goes out, and one blob at a time. The caller's to delete.
    /// </param>
    /// <exception cref="SnapshotFaultException">The repo itself does not open or does not hold together.</exception>
    public static async Task<ExportedSnapshot> RunAsync(
        OpenedSnapshot snapshot, IExportSink sink, string work, IProgress<long>? progress, CancellationToken ct)
    {
        long records;
        using (var repo = await snapshot.OpenRepoAsync(work, ct).ConfigureAwait(false))
        {
            var whole = Path.Combine(work, "whole.car");
            await using (var car = PrivateFile.Create(whole))
                repo.WriteFullCar(car, ct);
            await sink.TakeAsync("repo.car", whole, ct).ConfigureAwait(false);
            records = await WriteRecordsAsync(repo, sink, progress, ct).ConfigureAwait(false);
        }

        var (blobs, lost) = await WriteBlobsAsync(snapshot, sink, work, records, progress, ct).ConfigureAwait(false);
        await WriteFactsAsync(snapshot, sink, ct).ConfigureAwait(false);
        return new ExportedSnapshot(records, blobs, lost, snapshot.Preferences is not null);
    }

    private static async Task<long> WriteRecordsAsync(VerifiedRepo repo, IExportSink sink, IProgress<long>? progress, CancellationToken ct)
    {
        long count = 0;
        var text = new ArrayBufferWriter<byte>();
        foreach (var record in repo.EnumerateRecords())
        {
            ct.ThrowIfCancellationRequested();
            text.ResetWrittenCount();
            await using (var json = new Utf8JsonWriter(text, ForPeople))
                DagCborJson.Write(json, repo.ReadRecord(record.Cid));
            await sink.WriteAsync(PathOf(record), text.WrittenMemory, ct).ConfigureAwait(false);
            if (++count % 1000 == 0)
                progress?.Report(count);
        }

        progress?.Report(count);
        return count;
    }

    /// <summary>
    /// Record keys follow the protocol's syntax, which has no slash and no bare dots; collections may be any text of the same letters,
    /// because servers hold repositories where they are no NSIDs. Both may be longer than file names can be.
    /// </summary>
    private static string PathOf(RepoRecord record)
    {
        var slash = record.Path.IndexOf('/', StringComparison.Ordinal);
        var (collection, key) = (record.Path[..slash], record.Path[(slash + 1)..]);
        return $"records/{Safe(collection, collection)}/{Safe(key, record.Path)}.json";
    }

    // A plus is in no path, so that no other collection or key can have such a name.
    private static string Safe(string name, string unique) => name.Length <= LongestName && name is not ("." or "..")
        ? name
        : $"{name[..Math.Min(name.Length, BeginningKept)]}+{Base32.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(unique)))}";

    private static async Task<(long Count, IReadOnlyList<LostBlob> Lost)> WriteBlobsAsync(
        OpenedSnapshot snapshot, IExportSink sink, string work, long before, IProgress<long>? progress, CancellationToken ct)
    {
        var lost = new List<LostBlob>();
        long count = 0;
        var listed = Path.Combine(work, "blobs.json");
        await using (var list = PrivateFile.Create(listed))
        await using (var json = new Utf8JsonWriter(list, ForPeople))
        {
            json.WriteStartArray();
            await foreach (var blob in snapshot.ListBlobsAsync(ct).ConfigureAwait(false))
            {
                var unsealed = Path.Combine(work, "blob");
                var reason = await TryUnsealAsync(snapshot, blob, unsealed, ct).ConfigureAwait(false);
                if (reason is null)
                {
                    await sink.TakeAsync($"blobs/{blob.Cid}", unsealed, ct).ConfigureAwait(false);
                    count++;
                }
                else
                {
                    lost.Add(new LostBlob(blob.Cid, reason));
                }

                progress?.Report(before + count);
                WriteLine(json, blob, reason);
                await json.FlushAsync(ct).ConfigureAwait(false);
            }

            json.WriteEndArray();
        }

        await sink.TakeAsync("blobs.json", listed, ct).ConfigureAwait(false);
        return (count, lost);
    }

    /// <returns>Why it did not come out; null when it did.</returns>
    private static async Task<string?> TryUnsealAsync(OpenedSnapshot snapshot, BlobEntry blob, string path, CancellationToken ct)
    {
        if (blob.Absent is { } absent)
            return $"not in the backup: {absent.Detail}";
        try
        {
            await using var content = await snapshot.OpenBlobAsync(blob, ct).ConfigureAwait(false);
            await using var file = PrivateFile.Create(path);
            await content.CopyToAsync(file, ct).ConfigureAwait(false);
            return null;
        }
        catch (Exception fault) when (fault is SnapshotFaultException or BlobMismatchException)
        {
            File.Delete(path);
            return $"damaged in the backup: {fault.Message}";
        }
    }

    private static void WriteLine(Utf8JsonWriter json, BlobEntry blob, string? reason)
    {
        json.WriteStartObject();
        json.WriteString("cid", blob.Cid.ToString());
        json.WriteString("mimeType", blob.Mime);
        if (blob.Size is { } size)
            json.WriteNumber("size", size);
        if (reason is not null)
            json.WriteString("lost", reason);
        json.WriteEndObject();
    }

    private static async Task WriteFactsAsync(OpenedSnapshot snapshot, IExportSink sink, CancellationToken ct)
    {
        await sink.WriteAsync("manifest.json", StrictJson.Write(snapshot.Manifest), ct).ConfigureAwait(false);
        await WriteJsonAsync("did.json", snapshot.DidDocument).ConfigureAwait(false);
        if (snapshot.AuditLog is { } log)
            await WriteJsonAsync("plc-log.json", log).ConfigureAwait(false);
        if (snapshot.Preferences is { } preferences)
            await WriteJsonAsync("preferences.json", preferences).ConfigureAwait(false);

        async Task WriteJsonAsync(string name, JsonElement value)
        {
            var text = new ArrayBufferWriter<byte>();
            await using (var json = new Utf8JsonWriter(text, ForPeople))
                value.WriteTo(json);
            await sink.WriteAsync(name, text.WrittenMemory, ct).ConfigureAwait(false);
        }
    }
}

/// <param name="Records">Each is a JSON file, and in the CAR.</param>
/// <param name="Blobs">Files, each with the bytes that its CID names.</param>
/// <param name="Lost">What records refer to and did not come out.</param>
/// <param name="Preferences">They were in the snapshot.</param>
public sealed record ExportedSnapshot(long Records, long Blobs, IReadOnlyList<LostBlob> Lost, bool Preferences)
{
    public bool IsWhole => Lost.Count == 0;
}

/// <summary>A blob that could not be taken out, and why, for a person.</summary>
public sealed record LostBlob(Cid Cid, string Reason);
