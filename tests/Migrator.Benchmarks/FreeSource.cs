using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Win32.SafeHandles;
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
        var answer = request.RequestUri!.AbsolutePath switch
        {
            "/.well-known/did.json" => Json(set.Document()),
            "/xrpc/com.atproto.sync.getLatestCommit" => Json($$"""{"cid":"{{set.Head.Commit}}","rev":"{{set.Head.Rev}}"}"""),
            "/xrpc/com.atproto.sync.getRepo" => Bytes(Asked(request.RequestUri, "since") is null ? set.CarFile : Delta!, "application/vnd.ipld.car"),
            "/xrpc/com.atproto.sync.getBlob" => Blob(Asked(request.RequestUri, "cid")!),
            _ => new HttpResponseMessage(HttpStatusCode.NotFound),
        };
        answer.RequestMessage = request;
        return Task.FromResult(answer);
    }

    private static string? Asked(Uri url, string name) =>
        url.Query.Split('?', '&').FirstOrDefault(pair => pair.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];

    private HttpResponseMessage Blob(string cid)
    {
        try
        {
            return Bytes(set.BlobFile(cid), "application/octet-stream");
        }
        catch (FileNotFoundException)
        {
            return new HttpResponseMessage(HttpStatusCode.BadRequest)
            {
                Content = new StringContent("""{"error":"InvalidRequest","message":"Blob not found"}""", Encoding.UTF8, "application/json"),
            };
        }
    }

    private static HttpResponseMessage Json(string json) =>
        new(HttpStatusCode.OK) { Content = new StringContent(json, Encoding.UTF8, "application/json") };

    private static HttpResponseMessage Bytes(string file, string type)
    {
        var stream = new FileBody(file);
        var content = new StreamContent(stream, 1 << 16);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        content.Headers.ContentLength = stream.Length;
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    /// <summary>A file that is read where it is asked for: it is in memory, so that a change of thread would cost more than it.</summary>
    private sealed class FileBody(string path) : Stream
    {
        private readonly SafeFileHandle _file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => RandomAccess.GetLength(_file);

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var count = RandomAccess.Read(_file, buffer, _position);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _file.Dispose();
            base.Dispose(disposing);
        }
    }
}
