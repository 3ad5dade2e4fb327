using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Migrator.Testing.S3;

/// <summary>A call, read whole: path-style address, query, headers and body.</summary>
internal sealed record S3Request(
    string Method, string RawPath, IReadOnlyList<(string Name, string Value)> RawQuery, string Operation, string Key,
    IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>A parameter of the query, decoded; null when it is not there.</summary>
    public string? this[string name] =>
        RawQuery.FirstOrDefault(pair => pair.Name == name) is { Name: not null } found ? Uri.UnescapeDataString(found.Value) : null;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public static async Task<S3Request> ReadAsync(HttpContext context, string bucket)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2);
        var query = target.Length < 2 || target[1].Length == 0 ? []
            : target[1].Split('&').Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair.Length > 1 ? pair[1] : "")).ToList();
        var parts = Uri.UnescapeDataString(target[0]).TrimStart('/').Split('/', 2);
        if (parts[0] != bucket) throw new S3Exception(404, "NoSuchBucket");
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = context.Request.Headers.ToDictionary(
            header => header.Key.ToLowerInvariant(), header => string.Join(',', header.Value.ToArray()), StringComparer.Ordinal);
        var key = parts.Length > 1 ? parts[1] : "";
        var operation = OperationOf(context.Request.Method, key, query.ConvertAll(pair => pair.Item1));
        return new S3Request(context.Request.Method, target[0], query, operation, key, headers, AwsChunked.Undo(body.ToArray(), headers));
    }

    private static string OperationOf(string method, string key, List<string> query) => (method, key.Length > 0) switch
    {
        ("GET", false) when query.Contains("uploads") => "ListMultipartUploads",
        ("GET", false) when query.Contains("object-lock") => "GetObjectLockConfiguration",
        ("GET", false) when query.Contains("versioning") => "GetBucketVersioning",
        ("GET", false) when query.Contains("list-type") => "ListObjectsV2",
        ("POST", true) when query.Contains("uploads") => "CreateMultipartUpload",
        ("POST", true) when query.Contains("uploadId") => "CompleteMultipartUpload",
        ("PUT", true) when query.Contains("uploadId") => "UploadPart",
        ("DELETE", true) when query.Contains("uploadId") => "AbortMultipartUpload",
        ("PUT", true) => "PutObject",
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("DELETE", true) => "DeleteObject",
        _ => method,
    };
}
