using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// Takes everything out of a snapshot into a folder that needs no program to be read: each record as JSON, each blob as a file, the repo
/// as one CAR, and what proves who it was. Everything is verified on its way; what is damaged or absent is named, and does not keep the
/// rest from coming out.
/// </summary>
/// <remarks>
/// <c>repo.car</c> · <c>records/&lt;collection&gt;/&lt;record key&gt;.json</c> · <c>blobs/&lt;cid&gt;</c> · <c>blobs.json</c> (type, size and, where it did
/// not come out, the reason) · <c>preferences.json</c> · <c>did.json</c> · <c>plc-log.json</c> · <c>manifest.json</c>
/// </remarks>
public static class SnapshotExport
{
    private const int LongestKey = 240;
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
            long records;
            using (var repo = await snapshot.OpenRepoAsync(work, ct).ConfigureAwait(false))
            {
                await using (var car = PrivateFile.Create(Path.Combine(unfinished, "repo.car")))
                    repo.WriteFullCar(car, ct);
                records = WriteRecords(repo, Path.Combine(unfinished, "records"), progress, ct);
            }

            Directory.Delete(work, recursive: true);
            var (blobs, lost) = await WriteBlobsAsync(snapshot, unfinished, records, progress, ct).ConfigureAwait(false);
            await WriteFactsAsync(snapshot, unfinished, ct).ConfigureAwait(false);
            Directory.Move(unfinished, folder);
            return new ExportedSnapshot(records, blobs, lost, snapshot.Preferences is not null);
        }
        catch
        {
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            throw;
        }
    }

    private static long WriteRecords(VerifiedRepo repo, string folder, IProgress<long>? progress, CancellationToken ct)
    {
        long count = 0;
        var made = "";
        foreach (var record in repo.EnumerateRecords())
        {
            ct.ThrowIfCancellationRequested();
            // Both parts follow the protocol's syntax, which has no slash and no bare dots: they cannot lead out of the folder.
            var slash = record.Path.IndexOf('/', StringComparison.Ordinal);
            var collection = Path.Combine(folder, record.Path[..slash]);
            if (collection != made)
                PrivateFile.CreateFolder(made = collection);
            using var file = PrivateFile.Create(Path.Combine(collection, FileNameOf(record.Path[(slash + 1)..], record.Cid)));
            using var json = new Utf8JsonWriter(file, ForPeople);
            DagCborJson.Write(json, repo.ReadRecord(record.Cid));
            if (++count % 1000 == 0)
                progress?.Report(count);
        }

        progress?.Report(count);
        return count;
    }

    /// <summary>Record keys may be longer than file names can be: then the end is replaced by the CID, which stays as unique.</summary>
    private static string FileNameOf(string key, Cid cid) => key.Length <= LongestKey ? $"{key}.json" : $"{key[..BeginningKept]}~{cid}.json";

    private static async Task<(long Count, IReadOnlyList<LostBlob> Lost)> WriteBlobsAsync(
        OpenedSnapshot snapshot, string folder, long before, IProgress<long>? progress, CancellationToken ct)
    {
        var blobs = Path.Combine(folder, "blobs");
        PrivateFile.CreateFolder(blobs);
        var lost = new List<LostBlob>();
        long count = 0;
        await using var list = PrivateFile.Create(Path.Combine(folder, "blobs.json"));
        await using var json = new Utf8JsonWriter(list, ForPeople);
        json.WriteStartArray();
        await foreach (var blob in snapshot.ListBlobsAsync(ct).ConfigureAwait(false))
        {
            var reason = await TryWriteBlobAsync(snapshot, blob, Path.Combine(blobs, blob.Cid.ToString()), ct).ConfigureAwait(false);
            if (reason is null)
                count++;
            else
                lost.Add(new LostBlob(blob.Cid, reason));
            progress?.Report(before + count);
            WriteLine(json, blob, reason);
            await json.FlushAsync(ct).ConfigureAwait(false);
        }

        json.WriteEndArray();
        return (count, lost);
    }

    /// <returns>Why it did not come out; null when it did.</returns>
    private static async Task<string?> TryWriteBlobAsync(OpenedSnapshot snapshot, BlobEntry blob, string path, CancellationToken ct)
    {
        if (blob.Object is null)
            return $"not in the backup: {blob.Absent?.Detail}";
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

    private static async Task WriteFactsAsync(OpenedSnapshot snapshot, string folder, CancellationToken ct)
    {
        var manifest = snapshot.Manifest;
        await PrivateFile.WriteWholeAsync(Path.Combine(folder, "manifest.json"), StrictJson.Write(manifest), ct).ConfigureAwait(false);
        await WriteJsonAsync("did.json", snapshot.DidDocument).ConfigureAwait(false);
        if (snapshot.AuditLog is { } log)
            await WriteJsonAsync("plc-log.json", log).ConfigureAwait(false);
        if (snapshot.Preferences is { } preferences)
            await WriteJsonAsync("preferences.json", preferences).ConfigureAwait(false);

        async Task WriteJsonAsync(string name, JsonElement value)
        {
            await using var file = PrivateFile.Create(Path.Combine(folder, name));
            await using var json = new Utf8JsonWriter(file, ForPeople);
            value.WriteTo(json);
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
