using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Api;

public sealed class BackupApiTests
{
    private static readonly VaultView Vault = new("0123456789abcdef0123456789abcdef", "Disk", "file", "/srv/vault", 0, 0, 0, [], null, DateTimeOffset.UnixEpoch);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repeated_call_with_the_same_key_makes_one_vault()
    {
        await using var program = await TestProgram.StartAsync();
        program.Backups.Answer(nameof(IBackupService.AddVaultAsync), _ => ServiceResult<VaultView>.Ok(Vault));
        program.Backups.Answer(nameof(IBackupService.GetVaultAsync), _ => ServiceResult<VaultView>.Ok(Vault));
        using var api = MigrationApiTests.Api(program);
        api.Client.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        var command = new AddVault("Disk", "s3", null, "https://s3.example.com", null, "bucket", null, true, "id", "MARKED");

        using var first = await api.Client.PostAsJsonAsync("/api/v1/backups/vaults", command, Ct);
        using var second = await api.Client.PostAsJsonAsync("/api/v1/backups/vaults", command, Ct);
        using var other = await api.Client.PostAsJsonAsync("/api/v1/backups/vaults", command with { Bucket = "another" }, Ct);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.UnprocessableEntity), (first.StatusCode, second.StatusCode, other.StatusCode));
        Assert.Equal($"/api/v1/backups/vaults/{Vault.Id}", second.Headers.Location!.ToString());
        Assert.Single(program.Backups.Calls, call => call.Method == nameof(IBackupService.AddVaultAsync));
        Assert.DoesNotContain("MARKED", string.Join('\n', program.Logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_404_and_what_is_typed_wrong_stands_at_its_field()
    {
        await using var program = await TestProgram.StartAsync();
        program.Backups.Answer(
            nameof(IBackupService.CreatePlanAsync), _ => ServiceResult<PlanView>.Invalid("Schedule.Cron", "This is not a cron line."));
        using var api = MigrationApiTests.Api(program);

        using var missing = await api.Client.GetAsync("/api/v1/backups/plans/nothing", Ct);
        using var wrong = await api.Client.PostAsJsonAsync("/api/v1/backups/plans", new { name = "Mine" }, Ct);

        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal("application/problem+json", missing.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        var problem = await wrong.Content.ReadFromJsonAsync<JsonElement>(Ct);
        Assert.Equal("This is not a cron line.", problem.GetProperty("errors").GetProperty("schedule.Cron")[0].GetString());
    }

    [Fact]
    public async Task Without_the_key_nothing_of_a_snapshot_is_given_and_a_key_that_is_none_stands_in_no_log()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        const string snapshot = "/api/v1/backups/snapshots/0123456789abcdef0123456789abcdef";
        api.Client.DefaultRequestHeaders.Add("Migrator-Key-Lease", "a lease that nobody gave");
        foreach (var part in new[] { "contents", "records?collection=a.b.c", "record?path=a.b.c/d", "blobs", "blobs/bafk", "preferences", "repo.car" })
        {
            using var refused = await api.Client.GetAsync($"{snapshot}/{part}", Ct);
            Assert.Equal((part, HttpStatusCode.UnprocessableEntity), (part, refused.StatusCode));
            var problem = await refused.Content.ReadFromJsonAsync<JsonElement>(Ct);
            Assert.Equal("Give the private key first.", problem.GetProperty("errors").GetProperty("privateKey")[0].GetString());
        }

        using var given = await api.Client.PostAsJsonAsync("/api/v1/backups/key-leases", new { privateKey = "MARKED" }, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, given.StatusCode);
        Assert.DoesNotContain("MARKED", await given.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.DoesNotContain("MARKED", string.Join('\n', program.Logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_method_of_the_service_has_a_route()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        const string id = "0123456789abcdef0123456789abcdef";
        string[] reads =
        [
            "", "/alarms", "/vaults", $"/vaults/{id}", "/keys", $"/keys/{id}", "/plans", $"/plans/{id}", "/accounts", $"/accounts/{id}",
            $"/accounts/{id}/snapshots", $"/accounts/{id}/runs", $"/accounts/{id}/retention", $"/snapshots/{id}",
        ];
        foreach (var read in reads)
            using (await api.Client.GetAsync($"/api/v1/backups{read}", Ct)) { }
        string[] nudges =
        [
            "/vaults", "/vaults/test", $"/vaults/{id}/test", "/keys", "/keys/made", $"/keys/{id}/challenge", $"/keys/{id}/proof", "/plans",
            "/plans/schedule", $"/plans/{id}/pause", $"/plans/{id}/resume", $"/plans/{id}/run", $"/accounts/{id}/run", $"/accounts/{id}/verify",
            $"/accounts/{id}/accept-shrink", "/notifications/test",
        ];
        foreach (var nudge in nudges)
            using (await api.Client.PostAsJsonAsync($"/api/v1/backups{nudge}", new { }, Ct)) { }
        foreach (var change in new[] { $"/vaults/{id}", $"/plans/{id}", $"/accounts/{id}/session", $"/snapshots/{id}/pin" })
            using (await api.Client.PutAsJsonAsync($"/api/v1/backups{change}", new { }, Ct)) { }
        foreach (var end in new[] { $"/vaults/{id}", $"/keys/{id}", $"/plans/{id}", $"/accounts/{id}/session" })
            using (await api.Client.DeleteAsync($"/api/v1/backups{end}", Ct)) { }

        Assert.Equal(
            typeof(IBackupService).GetMethods().Select(method => method.Name).Distinct().Order(),
            program.Backups.Calls.Select(call => call.Method).Distinct().Order());
    }
}
