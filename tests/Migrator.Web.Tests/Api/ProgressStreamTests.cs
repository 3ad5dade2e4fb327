using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Web.Api;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Api;

public sealed class ProgressStreamTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_stream_tells_every_change_and_ends_with_the_migration()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        var view = Sample.Copying();
        var path = $"/api/v1/migrations/{program.Migrations.Put(view)}/events";
        using var answer = await api.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Ct);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("no-store", string.Join(',', answer.Headers.GetValues("Cache-Control")));
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync(Ct)).EnumerateAsync(Ct).GetAsyncEnumerator(Ct);

        Assert.True(await events.MoveNextAsync());
        Assert.Equal(ProgressStream.Progress, events.Current.EventType);
        Assert.Equal(412, JsonDocument.Parse(events.Current.Data).RootElement.GetProperty("live").GetProperty("done").GetInt32());
        var firstId = events.Current.EventId;
        Assert.NotEmpty(firstId!);

        program.Migrations.Put(view with { Live = view.Live! with { Done = 500, At = view.Live.At.AddSeconds(3) } });
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(500, JsonDocument.Parse(events.Current.Data).RootElement.GetProperty("live").GetProperty("done").GetInt32());
        Assert.NotEqual(firstId, events.Current.EventId);

        program.Migrations.Put(Sample.Ended(MigrationState.Completed) with { Id = view.Id, Version = "99" });
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("completed", JsonDocument.Parse(events.Current.Data).RootElement.GetProperty("state").GetString());
        Assert.False(await events.MoveNextAsync());
    }

    [Fact]
    public async Task Who_has_seen_the_newest_gets_only_what_comes_after()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        var view = Sample.Copying();
        var id = program.Migrations.Put(view);
        using var known = await api.Client.GetAsync($"/api/v1/migrations/{id}", Ct);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/migrations/{id}/events") { Headers = { { "Last-Event-ID", known.Headers.ETag!.Tag.Trim('"') } } };
        using var answer = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync(Ct)).EnumerateAsync(Ct).GetAsyncEnumerator(Ct);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(ProgressStream.Heartbeat, events.Current.EventType);
        program.Migrations.Put(view with { Version = "8" });
        Assert.True(await events.MoveNextAsync());
        Assert.Equal("8", JsonDocument.Parse(events.Current.Data).RootElement.GetProperty("version").GetString());
    }

    [Fact]
    public async Task A_quiet_migration_sends_heartbeats()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        var id = program.Migrations.Put(Sample.Held(HoldCause.Waiting));
        using var answer = await api.Client.GetAsync($"/api/v1/migrations/{id}/events", HttpCompletionOption.ResponseHeadersRead, Ct);
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync(Ct)).EnumerateAsync(Ct).GetAsyncEnumerator(Ct);
        Assert.True(await events.MoveNextAsync());
        program.Time.Now += TimeSpan.FromSeconds(15);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(ProgressStream.Heartbeat, events.Current.EventType);
    }

    [Fact]
    public async Task The_stream_ends_when_the_program_stops()
    {
        var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        var id = program.Migrations.Put(Sample.Copying());
        using var answer = await api.Client.GetAsync($"/api/v1/migrations/{id}/events", HttpCompletionOption.ResponseHeadersRead, Ct);
        await using var events = SseParser.Create(await answer.Content.ReadAsStreamAsync(Ct)).EnumerateAsync(Ct).GetAsyncEnumerator(Ct);
        Assert.True(await events.MoveNextAsync());
        var stopping = program.DisposeAsync().AsTask();
        Assert.False(await events.MoveNextAsync());
        await stopping;
    }

    [Fact]
    public async Task An_unknown_migration_has_no_stream()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        await api.GetAsync("/api/v1/migrations/abc/events", HttpStatusCode.NotFound);
    }
}
