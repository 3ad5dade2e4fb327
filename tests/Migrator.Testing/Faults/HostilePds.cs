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
/// A server on a free loopback port that answers each NSID (or other path) by script. It is there for what a good server never does;
/// for everything else there is the real one.
/// </summary>
public sealed class HostilePds : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Script> _scripts = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();

    private HostilePds(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>Everything asked so far, in order of arrival.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public static async Task<HostilePds> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var pds = new HostilePds(app);
        app.Run(pds.AnswerAsync);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses;
        pds.Url = new Uri(addresses.Single());
        return pds;
    }

    /// <summary>
    /// Scripts the answers to an NSID or, with a leading slash, to a path: the first call gets the first one, and so on; the last one
    /// repeats. Scripting a name again replaces its script.
    /// </summary>
    public HostilePds On(string name, params Reply[] replies)
    {
        _scripts[name] = new Script(replies);
        return this;
    }

    public int CountOf(string name) => _requests.Count(request => request.Name == name);

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        var name = path.StartsWith("/xrpc/", StringComparison.Ordinal) ? path["/xrpc/".Length..] : path;
        _scripts.TryGetValue(name, out var script);
        var reply = script?.Next() ?? Reply.Error(501, "MethodNotImplemented", "No script for this call");
        var body = new MemoryStream();
        try
        {
            if (reply.ReadsBodyFirst) await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            _requests.Enqueue(new ReceivedRequest(context.Request.Method, name, context.Request.QueryString.Value ?? "",
                context.Request.Headers.Authorization, context.Request.ContentType, context.Request.ContentLength, body.ToArray()));
            await reply.Answer(context);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The client hung up, as many scripts want it to.
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private sealed class Script(Reply[] replies)
    {
        private int _next = -1;

        public Reply Next() => replies[Math.Min(Interlocked.Increment(ref _next), replies.Length - 1)];
    }
}
