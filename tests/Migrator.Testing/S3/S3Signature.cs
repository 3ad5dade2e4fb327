using System.Security.Cryptography;
using System.Text;

namespace Migrator.Testing.S3;

/// <summary>AWS Signature Version 4, checked; and that the body is the one that was signed.</summary>
internal static class S3Signature
{
    private const string Scheme = "AWS4-HMAC-SHA256 ";

    public static void Check(S3Request request, S3ServerOptions options)
    {
        var authorization = request.Header("authorization");
        if (authorization?.StartsWith(Scheme, StringComparison.Ordinal) != true) throw new S3Exception(403, "AccessDenied");
        var parts = authorization[Scheme.Length..].Split(',').Select(part => part.Trim().Split('=', 2))
            .ToDictionary(part => part[0], part => part[1], StringComparer.Ordinal);
        var scope = parts["Credential"].Split('/');
        if (scope[0] != options.AccessKeyId) throw new S3Exception(403, "InvalidAccessKeyId", $"There is no {scope[0]}");
        var date = request.Header("x-amz-date") ?? "";
        var toSign = string.Join('\n', "AWS4-HMAC-SHA256", date, string.Join('/', scope[1..]), Hex(Canonical(request, parts["SignedHeaders"])));
        var key = Encoding.UTF8.GetBytes("AWS4" + options.SecretAccessKey);
        foreach (var part in scope[1..]) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        if (Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign))) != parts["Signature"])
            throw new S3Exception(403, "SignatureDoesNotMatch");
        CheckBody(request);
    }

    private static string Canonical(S3Request request, string signedHeaders)
    {
        var query = string.Join('&', request.RawQuery.OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .ThenBy(pair => pair.Value, StringComparer.Ordinal).Select(pair => $"{pair.Name}={pair.Value}"));
        var headers = string.Concat(signedHeaders.Split(';').Select(name => $"{name}:{request.Header(name)?.Trim()}\n"));
        return string.Join('\n', request.Method, request.RawPath, query, headers, signedHeaders, request.Header("x-amz-content-sha256"));
    }

    private static void CheckBody(S3Request request)
    {
        if (request.Header("x-amz-content-sha256") is { Length: 64 } sha256 && sha256 != Convert.ToHexStringLower(SHA256.HashData(request.Body)))
            throw new S3Exception(400, "XAmzContentSHA256Mismatch");
        if (request.Header("content-md5") is { } md5 && md5 != Convert.ToBase64String(MD5.HashData(request.Body)))
            throw new S3Exception(400, "BadDigest");
    }

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
