using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Migrator.Testing.Faults;

/// <summary>
/// Stands before a real PDS and passes everything on, but for the calls that a test takes over: a good server that does one bad thing.
/// </summary>
public sealed class InterceptingPds : IAsyncDisposable
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };

    private readonly WebApplication _app;
    private readonly Uri _real;
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task<bool>>> _taken = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    private InterceptingPds(WebApplication app, Uri real) => (_app, _real) = (app, real);

    public Uri Url { get; private set; } = null!;

    public static async Task<InterceptingPds> StartAsync(string real)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var proxy = new InterceptingPds(app, new Uri(real));
        app.Run(proxy.AnswerAsync);
        await app.StartAsync();
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        proxy.Url = new Uri($"http://localhost:{address.Port}");
        return proxy;
    }

    /// <summary>Takes over a call. The function answers and returns true, or returns false to let it pass.</summary>
    public InterceptingPds Take(string nsid, Func<HttpContext, Task<bool>> answer)
    {
        _taken[nsid] = answer;
        return this;
    }

    /// <summary>The first <paramref name="times"/> calls get this error instead.</summary>
    public InterceptingPds Fail(string nsid, int status, string error, int times = int.MaxValue, params (string Name, string Value)[] headers)
    {
        var left = times;
        return Take(nsid, async context =>
        {
            if (Interlocked.Decrement(ref left) < 0)
                return false;
            foreach (var (name, value) in headers)
                context.Response.Headers[name] = value;
            context.Response.StatusCode = status;
            await context.Response.WriteAsJsonAsync(new { error, message = $"scripted {error}" });
            return true;
        });
    }

    /// <summary>Passes the call on, and then hangs up instead of answering: the effect is there, the reply is lost.</summary>
    public InterceptingPds LoseReply(string nsid, int times = 1)
    {
        var left = times;
        return Take(nsid, async context =>
        {
            if (Interlocked.Decrement(ref left) < 0)
                return false;
            using var reply = await SendAsync(context);
            context.Abort();
            return true;
        });
    }

    public InterceptingPds Calm(string nsid)
    {
        _taken.TryRemove(nsid, out _);
        return this;
    }

    public int CountOf(string nsid) => _counts.GetValueOrDefault(nsid);

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var nsid = (context.Request.Path.Value ?? "").Replace("/xrpc/", "", StringComparison.Ordinal);
        _counts.AddOrUpdate(nsid, 1, (_, count) => count + 1);
        try
        {
            if (_taken.TryGetValue(nsid, out var answer) && await answer(context))
                return;
            using var reply = await SendAsync(context);
            context.Response.StatusCode = (int)reply.StatusCode;
            foreach (var (name, values) in reply.Headers.Concat(reply.Content.Headers))
            {
                if (name is not ("Transfer-Encoding" or "Connection" or "Keep-Alive"))
                    context.Response.Headers[name] = values.ToArray();
            }

            await reply.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or BadHttpRequestException or HttpRequestException)
        {
            // One of the two sides hung up, as tests want it to.
            context.Abort();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpContext context)
    {
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_real, context.Request.Path + context.Request.QueryString));
        if (context.Request.Method == HttpMethods.Post)
            request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (name is "Host" or "Transfer-Encoding" or "Connection")
                continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
    }
}
