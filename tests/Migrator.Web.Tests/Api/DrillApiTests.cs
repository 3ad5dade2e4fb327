using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Jobs.Drills;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Api;

public sealed class DrillApiTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_call_with_the_same_key_begins_one_drill_and_answers_202_with_its_place()
    {
        await using var program = await TestProgram.StartAsync();
        program.Drills.Answer(nameof(IDrillService.StartAsync), _ => ServiceResult<DrillView>.Ok(SampleDrills.Drill("d1", DrillState.Queued)));
        program.Drills.Answer(nameof(IDrillService.GetAsync), _ => ServiceResult<DrillView>.Ok(SampleDrills.Drill("d1", DrillState.Running)));
        using var api = MigrationApiTests.Api(program);
        api.Client.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        var command = new StartDrill("alice", "AGE-SECRET-KEY-1MARKED");

        using var first = await api.Client.PostAsJsonAsync("/api/v1/drills", command, Ct);
        using var second = await api.Client.PostAsJsonAsync("/api/v1/drills", command, Ct);
        using var other = await api.Client.PostAsJsonAsync("/api/v1/drills", command with { Account = "bob" }, Ct);

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted, HttpStatusCode.UnprocessableEntity), (first.StatusCode, second.StatusCode, other.StatusCode));
        Assert.Equal("/api/v1/drills/d1", second.Headers.Location!.ToString());
        Assert.Single(program.Drills.Calls, call => call.Method == nameof(IDrillService.StartAsync));
        Assert.DoesNotContain("MARKED", string.Join('\n', program.Logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_comes_with_one_drill_and_words_are_camel_case()
    {
        await using var program = await TestProgram.StartAsync();
        SampleDrills.Fill(program.Drills, SampleDrills.Standing());
        using var api = MigrationApiTests.Api(program);

        var drill = await api.Client.GetFromJsonAsync<JsonElement>("/api/v1/drills/damaged", Ct);

        Assert.Equal(("damaged", "session"), (drill.GetProperty("state").GetString(), drill.GetProperty("keyFrom").GetString()));
        Assert.Equal(("sandbox", 99), (drill.GetProperty("summary").GetProperty("depth").GetString(), drill.GetProperty("summary").GetProperty("percent").GetInt32()));
        Assert.Equal("recordMissing", drill.GetProperty("report").GetProperty("findings")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Every_method_of_the_service_has_a_route()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        foreach (var read in new[] { "", "/d1", "/sandbox", "/accounts", "/accounts/alice" })
            using (await api.Client.GetAsync($"/api/v1/drills{read}", Ct)) { }
        using (await api.Client.PostAsJsonAsync("/api/v1/drills", new { account = "alice" }, Ct)) { }
        using (await api.Client.PutAsJsonAsync("/api/v1/drills/accounts/alice/escrow", new { privateKey = "x" }, Ct)) { }
        using (await api.Client.PutAsJsonAsync("/api/v1/drills/accounts/alice/schedule", new { every = "monthly" }, Ct)) { }
        using (await api.Client.DeleteAsync("/api/v1/drills/accounts/alice/escrow", Ct)) { }

        Assert.Equal(
            typeof(IDrillService).GetMethods().Select(method => method.Name).Order(), program.Drills.Calls.Select(call => call.Method).Distinct().Order());
        Assert.Equal(DrillEvery.Monthly, ((SetDrillSchedule)program.Drills.Calls.Last(call => call.Method == nameof(IDrillService.ScheduleAsync)).Args[2]!).Every);
    }
}
