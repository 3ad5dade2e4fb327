using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Migrator.Testing.S3;

/// <summary>
/// An S3 store on a free loopback port with one bucket in memory. It checks what a good store checks (signatures, hashes, checksums in
/// trailers) and misbehaves on demand.
/// </summary>
public sealed class S3Server : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly S3ServerOptions _options;
    private readonly S3Bucket _bucket;
    private readonly ConcurrentQueue<S3Call> _calls = new();
    private readonly Lock _gate = new();
    private readonly List<(string Operation, S3Misdeed What, int? RetryAfter)> _misdeeds = [];
    private readonly ConcurrentDictionary<TaskCompletionSource, string> _waiters = new();

    private S3Server(WebApplication app, S3ServerOptions options) => (_app, _options, _bucket) = (app, options, new S3Bucket(options));

    public Uri Url { get; private set; } = null!;

    public S3ServerOptions Options => _options;

    /// <summary>Everything asked so far, in order of arrival; not what was cut off before it was read.</summary>
    public IReadOnlyList<S3Call> Calls => [.. _calls];

    /// <summary>What is stored, by key.</summary>
    public IReadOnlyDictionary<string, byte[]> Objects => _bucket.Contents();

    /// <summary>Uploads in parts that were begun and not ended, by key.</summary>
    public IReadOnlyList<string> OpenUploads => _bucket.OpenUploads();

    public static async Task<S3Server> StartAsync(S3ServerOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var server = new S3Server(app, options ?? new S3ServerOptions());
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        server.Url = new Uri(addresses.Single());
        return server;
    }

    /// <summary>Misbehaves the next times that an operation is asked for.</summary>
    public void Misbehave(string operation, S3Misdeed what, int times = 1, int? retryAfter = null)
    {
        lock (_gate) _misdeeds.AddRange(Enumerable.Repeat((operation, what, retryAfter), times));
    }

    /// <summary>Behaves from now on.</summary>
    public void Forgive()
    {
        lock (_gate) _misdeeds.Clear();
    }

    /// <summary>How many misdeeds have not happened yet.</summary>
    public int MisdeedsLeft
    {
        get { lock (_gate) return _misdeeds.Count; }
    }

    public int CountOf(string operation) => _calls.Count(call => call.Operation == operation);

    /// <summary>Completes when an operation is asked for the next time.</summary>
    public Task NextCallOf(string operation)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiters[waiter] = operation;
        return waiter.Task;
    }

    /// <summary>Puts an object there, as another program would.</summary>
    public void Put(string key, byte[] bytes) => _bucket.Put(key, bytes, null);

    /// <summary>Changes what is stored, as decay would.</summary>
    public void Replace(string key, Func<byte[], byte[]> change) => _bucket.Replace(key, change);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            var request = await S3Request.ReadAsync(context, _options.Bucket);
            _calls.Enqueue(new S3Call(request.Operation, request.Key, request.Headers, request.Body));
            foreach (var (waiter, wanted) in _waiters)
            {
                if (wanted == request.Operation && _waiters.TryRemove(waiter, out _)) waiter.SetResult();
            }
            var misdeed = TakeMisdeed(request.Operation);
            if (misdeed is not { } bad || !await MisbehaveAsync(context, request, bad.What, bad.RetryAfter))
            {
                S3Signature.Check(request, _options);
                await S3Operations.AnswerAsync(context, request, _bucket);
            }
        }
        catch (S3Exception no)
        {
            await S3Xml.WriteErrorAsync(context, no);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The client hung up.
        }
    }

    private (S3Misdeed What, int? RetryAfter)? TakeMisdeed(string operation)
    {
        lock (_gate)
        {
            var index = _misdeeds.FindIndex(misdeed => misdeed.Operation == operation);
            if (index < 0) return null;
            var found = _misdeeds[index];
            _misdeeds.RemoveAt(index);
            return (found.What, found.RetryAfter);
        }
    }

    /// <summary>Returns whether the call is answered with that.</summary>
    private async Task<bool> MisbehaveAsync(HttpContext context, S3Request request, S3Misdeed what, int? retryAfter)
    {
        switch (what)
        {
            case S3Misdeed.SlowDown:
                if (retryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(S3Xml.Plain);
                throw new S3Exception(503, "SlowDown");
            case S3Misdeed.Deny:
                throw new S3Exception(403, "AccessDenied", "You sent " + string.Join(' ', request.Headers.Values));
            case S3Misdeed.Skewed:
                throw new S3Exception(403, "RequestTimeTooSkewed");
            case S3Misdeed.Fail:
                throw new S3Exception(500, "InternalError");
            case S3Misdeed.Full:
                throw new S3Exception(507, "InsufficientStorage");
            case S3Misdeed.HangUp:
                context.Abort();
                return true;
            case S3Misdeed.LoseReply:
                await S3Operations.AnswerAsync(S3Operations.Unheard(context), request, _bucket);
                context.Abort();
                return true;
            case S3Misdeed.Stall:
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                return true;
            case S3Misdeed.ErrorInGoodAnswer:
                await S3Xml.WriteErrorAsync(context, new S3Exception(200, "InternalError"));
                return true;
            case S3Misdeed.Redirect:
                context.Response.Headers.Location = "http://127.0.0.1:9/elsewhere";
                throw new S3Exception(301, "PermanentRedirect");
            case S3Misdeed.CutBody:
                await S3Operations.SendHalfAsync(context, request, _bucket);
                return true;
            case S3Misdeed.EndlessList:
                await S3Operations.SendEndlessListAsync(context);
                return true;
            default:
                _bucket.Spoil = what;
                return false;
        }
    }
}
