using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Web;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Benchmarks;

/// <summary>
/// An account's server that costs nothing: it stands in the place of the network and hands out files. What a backup takes from here is
/// Migrator's own time.
/// </summary>
internal sealed class FreeSource(BackupSet set) : HttpMessageHandler
{
    private int _requests;

    public int Requests => _requests;

    /// <summary>What <c>since</c> the first state gives; the head is then the second.</summary>
    public string? Delta { get; set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _requests);
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var answer = request.RequestUri.AbsolutePath switch
        {
            "/.well-known/did.json" => Json(set.Document()),
            "/xrpc/com.atproto.sync.getLatestCommit" => Json($$"""{"cid":"{{set.Head.Commit}}","rev":"{{set.Head.Rev}}"}"""),
            "/xrpc/com.atproto.sync.getRepo" => Bytes(query["since"] is null ? set.CarFile : Delta!, "application/vnd.ipld.car"),
            "/xrpc/com.atproto.sync.getBlob" => Blob(query["cid"]!),
            _ => new HttpResponseMessage(HttpStatusCode.NotFound),
        };
        answer.RequestMessage = request;
        return Task.FromResult(answer);
    }

    private HttpResponseMessage Blob(string cid) => File.Exists(set.BlobFile(cid))
        ? Bytes(set.BlobFile(cid), "application/octet-stream")
        : new HttpResponseMessage(HttpStatusCode.BadRequest)
        {
            Content = new StringContent("""{"error":"InvalidRequest","message":"Blob not found"}""", Encoding.UTF8, "application/json"),
        };

    private static HttpResponseMessage Json(string json) =>
        new(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Bytes(string file, string type)
    {
        var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
        var content = new StreamContent(stream, 1 << 16);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        content.Headers.ContentLength = stream.Length;
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }
}
