using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using static Migrator.Testing.S3.S3Xml;

namespace Migrator.Testing.S3;

/// <summary>What each call does and answers.</summary>
internal static class S3Operations
{
    public static Task AnswerAsync(HttpContext context, S3Request request, S3Bucket bucket) => request.Operation switch
    {
        "PutObject" => Tag(context, bucket.Put(request.Key, request.Body, request.Header("if-none-match"))),
        "HeadObject" => SendObjectAsync(context, request, bucket, withBody: false),
        "GetObject" => SendObjectAsync(context, request, bucket, withBody: true),
        "DeleteObject" => Empty(context, () => bucket.Delete(request.Key)),
        "ListObjectsV2" => ListAsync(context, request, bucket),
        "CreateMultipartUpload" => WriteAsync(context, Element("InitiateMultipartUploadResult",
            Element("Bucket", bucket.Options.Bucket), Element("Key", request.Key), Element("UploadId", bucket.Begin(request.Key)))),
        "UploadPart" => Tag(context, bucket.AddPart(request["uploadId"]!, int.Parse(request["partNumber"]!, Plain), request.Body)),
        "CompleteMultipartUpload" => WriteAsync(context, Element("CompleteMultipartUploadResult",
            Element("Key", request.Key), Element("ETag", Complete(request, bucket)))),
        "AbortMultipartUpload" => Empty(context, () => bucket.Abort(request["uploadId"]!)),
        "ListMultipartUploads" => WriteAsync(context, Element("ListMultipartUploadsResult", Element("IsTruncated", "false"),
            bucket.Uploads(request["prefix"] ?? "").Select(upload => Element("Upload",
                Element("Key", upload.Key), Element("UploadId", upload.Id), Element("Initiated", Time(upload.Begun)))))),
        "GetObjectLockConfiguration" => WriteAsync(context, Lock(bucket.Options)),
        "GetBucketVersioning" => WriteAsync(context, Element("VersioningConfiguration",
            bucket.Options.Versioning ? Element("Status", "Enabled") : null)),
        _ => throw new S3Exception(501, "NotImplemented"),
    };

    /// <summary>A context that carries the same request and whose answer goes nowhere.</summary>
    public static HttpContext Unheard(HttpContext context)
    {
        var unheard = new DefaultHttpContext();
        unheard.Request.Method = context.Request.Method;
        unheard.Response.Body = Stream.Null;
        return unheard;
    }

    public static async Task SendHalfAsync(HttpContext context, S3Request request, S3Bucket bucket)
    {
        var bytes = bucket.Get(request.Key).Bytes;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.ETag = bucket.Get(request.Key).ETag;
        await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }

    public static Task SendEndlessListAsync(HttpContext context) => WriteAsync(context, Element("ListBucketResult",
        Element("IsTruncated", "true"), Element("NextContinuationToken", "again")));

    private static async Task SendObjectAsync(HttpContext context, S3Request request, S3Bucket bucket, bool withBody)
    {
        var found = bucket.Get(request.Key);
        if (request.Header("if-match") is { } wanted && wanted.Trim('"') != found.ETag.Trim('"'))
            throw new S3Exception(412, "PreconditionFailed");
        var bytes = found.Bytes.AsMemory();
        var asked = bucket.Options.IgnoresRange ? null : request.Header("range");
        if (RangeHeaderValue.TryParse(asked ?? "", out var range) && range.Ranges.Single() is { From: { } from } part)
        {
            if (from >= bytes.Length) throw new S3Exception(416, "InvalidRange");
            bytes = bytes[(int)from..(int)Math.Min(bytes.Length, (part.To ?? (bytes.Length - 1)) + 1)];
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = string.Create(Plain, $"bytes {from}-{from + bytes.Length - 1}/{found.Bytes.Length}");
        }
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers.ETag = found.ETag;
        context.Response.Headers.LastModified = found.At.UtcDateTime.ToString("r", CultureInfo.InvariantCulture);
        if (withBody) await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static Task ListAsync(HttpContext context, S3Request request, S3Bucket bucket)
    {
        var most = Math.Min(bucket.Options.PageSize, int.Parse(request["max-keys"] ?? "1000", Plain));
        var found = bucket.List(request["prefix"] ?? "", request["continuation-token"] ?? "", most + 1);
        var page = found.Take(most).ToList();
        var more = found.Count > page.Count;
        return WriteAsync(context, Element("ListBucketResult", Element("IsTruncated", more ? "true" : "false"),
            more ? Element("NextContinuationToken", page[^1].Key) : null,
            page.Select(item => Element("Contents", Element("Key", item.Key), Element("Size", item.Object.Bytes.Length),
                Element("LastModified", Time(item.Object.At)), Element("ETag", item.Object.ETag)))));
    }

    private static string Complete(S3Request request, S3Bucket bucket)
    {
        var parts = XDocument.Parse(System.Text.Encoding.UTF8.GetString(request.Body)).Root!.Elements()
            .Where(part => part.Name.LocalName == "Part").Select(part => (
                int.Parse(part.Elements().Single(e => e.Name.LocalName == "PartNumber").Value, Plain),
                part.Elements().Single(e => e.Name.LocalName == "ETag").Value)).ToList();
        return bucket.Complete(request["uploadId"]!, parts, request.Header("if-none-match"));
    }

    private static XElement Lock(S3ServerOptions options)
    {
        if (options.LockDays == 0) throw new S3Exception(404, "ObjectLockConfigurationNotFoundError");
        return Element("ObjectLockConfiguration", Element("ObjectLockEnabled", "Enabled"), Element("Rule",
            Element("DefaultRetention", Element("Mode", "COMPLIANCE"), Element("Days", options.LockDays))));
    }

    private static Task Tag(HttpContext context, string etag)
    {
        context.Response.Headers.ETag = etag;
        return Task.CompletedTask;
    }

    private static Task Empty(HttpContext context, Action act)
    {
        act();
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }
}
