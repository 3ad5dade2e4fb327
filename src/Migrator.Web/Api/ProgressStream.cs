using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Api;

/// <summary>
/// A migration as server-sent events: <c>progress</c> with the whole view whenever something in it changed, looked at once a second;
/// <c>heartbeat</c> after 15 quiet seconds; the end of the stream when the migration has ended or after 15 minutes, whichever is first
/// (a browser then connects again, and has to show its cookie again).
/// </summary>
public sealed class ProgressStream(IOptions<JsonOptions> json, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public const string Progress = "progress";
    public const string Heartbeat = "heartbeat";
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    /// <param name="first">The view just read: sent at once, unless the caller has seen it.</param>
    /// <param name="seen">The <c>Last-Event-ID</c> of a browser that connects again.</param>
    /// <param name="read">Reads the view afresh; null when it is gone.</param>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(
        MigrationView first, string? seen, Func<CancellationToken, Task<MigrationView?>> read,
            [EnumeratorCancellation] CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(Look, time);
        var began = time.GetUtcNow();
        var lastSent = DateTimeOffset.MinValue; // something at once, so that the reader knows that it is connected
        var sent = seen == first.EntityTag() && !first.State.IsFinal() ? seen : null;
        for (MigrationView? view = first; view is not null; view = await read(stop.Token))
        {
            if (view.EntityTag() != sent)
            {
                sent = view.EntityTag();
                lastSent = time.GetUtcNow();
                yield return new SseItem<string>(JsonSerializer.Serialize(view, json.Value.SerializerOptions), Progress) { EventId = sent };
            }
            else if (time.GetUtcNow() - lastSent >= Quiet)
            {
                lastSent = time.GetUtcNow();
                yield return new SseItem<string>("{}", Heartbeat);
            }

            if (view.State.IsFinal() || time.GetUtcNow() - began >= Longest || !await NextLook(timer, stop.Token))
                yield break;
        }
    }

    private static async Task<bool> NextLook(PeriodicTimer timer, CancellationToken ct)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // The reader went away, or the program stops: the stream just ends.
            return false;
        }
    }
}

internal static class MigrationViewTags
{
    /// <summary>
    /// Changes with everything a view shows. The version alone would miss the counts of the step under way,
    /// which are kept beside the documents.
    /// </summary>
    public static string EntityTag(this MigrationView view) =>
        view.Live is { } live ? $"{view.Version}-{live.At.UtcTicks:x}" : view.Version;
}
