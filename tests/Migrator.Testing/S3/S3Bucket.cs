using System.Globalization;
using System.Security.Cryptography;

namespace Migrator.Testing.S3;

/// <summary>Objects and unfinished uploads, in memory.</summary>
internal sealed class S3Bucket(S3ServerOptions options)
{
    private const int LeastPart = 5 << 20;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Stored> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Upload> _uploads = new(StringComparer.Ordinal);

    public S3ServerOptions Options => options;

    /// <summary>What to do to the next object that is stored; null for nothing.</summary>
    public S3Misdeed? Spoil { get; set; }

    public IReadOnlyDictionary<string, byte[]> Contents()
    {
        lock (_gate) return _objects.ToDictionary(pair => pair.Key, pair => pair.Value.Bytes, StringComparer.Ordinal);
    }

    public IReadOnlyList<string> OpenUploads()
    {
        lock (_gate) return [.. _uploads.Values.Select(upload => upload.Key)];
    }

    public IReadOnlyList<(string Id, string Key, DateTimeOffset Begun)> Uploads(string prefix)
    {
        lock (_gate)
        {
            return [.. _uploads.Where(pair => pair.Value.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Select(pair => (pair.Key, pair.Value.Key, pair.Value.Begun))];
        }
    }

    public Stored Get(string key)
    {
        lock (_gate) return _objects.TryGetValue(key, out var found) ? found : throw new S3Exception(404, "NoSuchKey");
    }

    public IReadOnlyList<(string Key, Stored Object)> List(string prefix, string after, int most)
    {
        lock (_gate)
        {
            return [.. _objects.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)
                    && string.CompareOrdinal(pair.Key, after) > 0).Take(most).Select(pair => (pair.Key, pair.Value))];
        }
    }

    public string Put(string key, byte[] bytes, string? ifNoneMatch, string? etag = null)
    {
        lock (_gate)
        {
            Refuse(key, ifNoneMatch);
            etag ??= $"\"{Convert.ToHexStringLower(MD5.HashData(bytes))}\"";
            var spoil = Spoil;
            Spoil = null;
            if (spoil == S3Misdeed.Forget) return etag;
            if (spoil == S3Misdeed.Shorten) bytes = bytes[..^1];
            if (spoil == S3Misdeed.Corrupt) bytes = [.. bytes.Select((b, i) => i == bytes.Length / 2 ? (byte)(b ^ 1) : b)];
            _objects[key] = new Stored(bytes, etag, options.Time.GetUtcNow());
            return etag;
        }
    }

    public void Delete(string key)
    {
        lock (_gate)
        {
            if (options.DeniesDelete) throw new S3Exception(403, "AccessDenied");
            // A bucket with lock keeps versions: a delete that names none hides the object, and is never refused.
            _objects.Remove(key);
        }
    }

    public void Replace(string key, Func<byte[], byte[]> change)
    {
        lock (_gate) _objects[key] = _objects[key] with { Bytes = change(_objects[key].Bytes) };
    }

    public string Begin(string key)
    {
        lock (_gate)
        {
            var id = Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture);
            _uploads[id] = new Upload(key, options.Time.GetUtcNow(), []);
            return id;
        }
    }

    public string AddPart(string id, int number, byte[] bytes)
    {
        lock (_gate)
        {
            UploadOf(id).Parts[number] = bytes;
            return $"\"{Convert.ToHexStringLower(MD5.HashData(bytes))}\"";
        }
    }

    public string Complete(string id, IReadOnlyList<(int Number, string ETag)> wanted, string? ifNoneMatch)
    {
        lock (_gate)
        {
            var upload = UploadOf(id);
            var whole = new MemoryStream();
            foreach (var (number, etag) in wanted)
            {
                if (!upload.Parts.TryGetValue(number, out var bytes) || etag.Trim('"') != Convert.ToHexStringLower(MD5.HashData(bytes)))
                    throw new S3Exception(400, "InvalidPart");
                if (number != wanted[^1].Number && bytes.Length < LeastPart) throw new S3Exception(400, "EntityTooSmall");
                whole.Write(bytes);
            }
            var made = Put(upload.Key, whole.ToArray(), ifNoneMatch, $"\"{id}-{wanted.Count}\"");
            _uploads.Remove(id);
            return made;
        }
    }

    public void Abort(string id)
    {
        lock (_gate)
        {
            UploadOf(id);
            _uploads.Remove(id);
        }
    }

    private Upload UploadOf(string id) => _uploads.TryGetValue(id, out var found) ? found : throw new S3Exception(404, "NoSuchUpload");

    private void Refuse(string key, string? ifNoneMatch)
    {
        if (ifNoneMatch is null || options.KnowsIfNoneMatch == false) return;
        if (options.KnowsIfNoneMatch is null) throw new S3Exception(501, "NotImplemented");
        if (_objects.ContainsKey(key)) throw new S3Exception(412, "PreconditionFailed");
    }

    internal sealed record Stored(byte[] Bytes, string ETag, DateTimeOffset At);

    private sealed record Upload(string Key, DateTimeOffset Begun, SortedDictionary<int, byte[]> Parts);
}
