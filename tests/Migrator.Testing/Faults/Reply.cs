using System.Text;
using Microsoft.AspNetCore.Http;

namespace Migrator.Testing.Faults;

/// <summary>
/// One scripted answer of a <see cref="HostilePds"/>: those that a good server never gives, and the plain ones that a script needs
/// between them.
/// </summary>
public sealed class Reply
{
    private Reply(Func<HttpContext, Task> answer, bool readsBodyFirst = true) => (Answer, ReadsBodyFirst) = (answer, readsBodyFirst);

    public Func<HttpContext, Task> Answer { get; }

    /// <summary>False for an answer that is sent before the request's body was read.</summary>
    public bool ReadsBodyFirst { get; }

    /// <summary>Any other answer.</summary>
    public static Reply By(Func<HttpContext, Task> answer) => new(answer);

    public static Reply Json(string json, int status = 200, params (string Name, string Value)[] headers) =>
        Body(status, "application/json", Encoding.UTF8.GetBytes(json), headers);

    public static Reply Error(int status, string name, string message, params (string Name, string Value)[] headers) =>
        Json($$"""{"error":"{{name}}","message":"{{message}}"}""", status, headers);

    public static Reply Empty(int status = 200) => Body(status, null, []);

    public static Reply Html(int status) =>
        Body(status, "text/html", Encoding.UTF8.GetBytes("<html><body><h1>Bad gateway</h1><script>alert(1)</script></body></html>"));

    public static Reply Redirect(string to, int status = 302) => Body(status, null, [], ("Location", to));

    public static Reply Body(
        int status, string? contentType, byte[] body, params (string Name, string Value)[] headers) => new(async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    });

    /// <summary>A body that goes on until the reader hangs up.</summary>
    public static Reply Endless(string contentType, byte[]? prefix = null) => new(async context =>
    {
        context.Response.ContentType = contentType;
        var chunk = new byte[64 * 1024];
        chunk.AsSpan().Fill((byte)' ');
        if (prefix is not null) await context.Response.Body.WriteAsync(prefix, context.RequestAborted);
        while (!context.RequestAborted.IsCancellationRequested)
            await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
    });

    /// <summary>Sends the headers and the first bytes, then nothing until the reader hangs up.</summary>
    public static Reply Stall(string contentType, byte[] first) => new(async context =>
    {
        context.Response.ContentType = contentType;
        await context.Response.Body.WriteAsync(first, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await HangUp(context);
    });

    /// <summary>Takes the request and never answers.</summary>
    public static Reply Silence() => new(HangUp);

    /// <summary>One byte, a short pause, one byte, for ever.</summary>
    public static Reply Drip(string contentType, TimeSpan pause) => new(async context =>
    {
        context.Response.ContentType = contentType;
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(" "u8.ToArray(), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(pause, context.RequestAborted);
        }
    });

    /// <summary>Promises more bytes than it sends, then closes the connection.</summary>
    public static Reply Truncated(string contentType, byte[] sent, long promised) => new(async context =>
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = promised;
        await context.Response.Body.WriteAsync(sent, context.RequestAborted);
        // Kestrel closes the connection when the handler ends before it sent what it promised.
        await context.Response.Body.FlushAsync(context.RequestAborted);
    });

    /// <summary>Cuts the connection without a word.</summary>
    public static Reply Abort() => new(context =>
    {
        context.Abort();
        return Task.CompletedTask;
    });

    /// <summary>The same answer, sent without reading the request's body first.</summary>
    public Reply Early() => new(Answer, readsBodyFirst: false);

    private static async Task HangUp(HttpContext context)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = context.RequestAborted.Register(gone.SetResult);
        await gone.Task;
    }
}
