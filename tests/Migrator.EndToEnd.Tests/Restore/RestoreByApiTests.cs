using System.IO.Compression;
using System.Text.Json;
using Migrator.Core.Migrations;
using Migrator.EndToEnd.Tests.Processes;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>Sources that programs give by the HTTP API of the real program.</summary>
public sealed class RestoreByApiTests(SharedNetwork shared)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_vault_known_here_is_opened_by_its_id_and_an_uploaded_CAR_and_archive_make_the_account_whole()
    {
        var network = await shared.GetAsync(Ct);
        await using var lost = await LostAccount.CreateAsync(network, Ct);
        await using var world = await PlanWorld.StartAsync(network, Ct);
        await world.AddPlanAsync(lost.Account with { Handle = lost.Account.Did });
        await world.UntilAsync(view => view.Account is { Health: BackupHealth.Good, Snapshots: 1 }, "the first backup");
        var vault = (await world.CallAsync<JsonElement>(HttpMethod.Get, "/vaults", null)).GetProperty("items")[0].GetProperty("id").GetString()!;
        await lost.DieAsync();
        var calls = new ApiCalls(world.Program, Ct);

        // The vault of the plan, by its id.
        var (id, _) = await DraftAsync(calls, lost, network);
        var wrong = await PostAsync(world, $"/migrations/{id}/restore/snapshots", new { vault = new { vaultId = vault }, key = Core.Age.AgeIdentity.Generate().RevealText() });
        Assert.Equal(422, wrong);
        await calls.CallAsync<MigrationView>(
            HttpMethod.Post, $"/migrations/{id}/restore/snapshots", new AddSnapshot(new VaultInput(vault), world.PrivateKey), id);
        await calls.CallAsync<MigrationView>(HttpMethod.Post, $"/migrations/{id}/start", null, id);
        var ready = await calls.UntilAsync(id, view => view.Hold is { NeedsThePerson: true }, "a hold");
        Assert.True(ready.Hold!.Cause == HoldCause.Go, ApiCalls.Story(ready));
        Assert.Equal(lost.Account.Records, ready.Restore!.Gathered!.Records);
        await calls.CallAsync<MigrationView>(HttpMethod.Post, $"/migrations/{id}/cancel", null, id);
        await calls.UntilAsync(id, view => view.State == MigrationState.Cancelled, "the cancelling");

        // The CAR and an archive of everything else, uploaded.
        (id, var handle) = await DraftAsync(calls, lost, network);
        var kept = lost.KeptFolder();
        var car = Path.Combine(kept, "my posts.car");
        Assert.Equal(200, await UploadAsync(world, id, "my posts.car", await File.ReadAllBytesAsync(car, Ct)));
        File.Delete(car);
        var zip = Path.Combine(world.NewFolder(), "pictures.zip");
        await ZipFile.CreateFromDirectoryAsync(kept, zip, Ct);
        Assert.Equal(200, await UploadAsync(world, id, "pictures.zip", await File.ReadAllBytesAsync(zip, Ct)));
        var started = await calls.CallAsync<MigrationView>(HttpMethod.Post, $"/migrations/{id}/start", null, id);
        Assert.Equal(["my posts.car", "pictures.zip"], started.Restore!.Sources.Select(source => source.Name));
        ready = await calls.UntilAsync(id, view => view.Hold is { NeedsThePerson: true }, "a hold");
        Assert.True(ready.Hold!.Cause == HoldCause.Go, ApiCalls.Story(ready));
        await calls.CallAsync<MigrationView>(HttpMethod.Post, $"/migrations/{id}/restore/go", new GiveRestoreGo(lost.Account.Did), id);
        var end = await calls.UntilAsync(id, view => view.State.IsFinal(), "the end");
        Assert.True(end.State == MigrationState.Completed, ApiCalls.Story(end));
        var report = await network.JudgeAsync(lost.Judge(network.B, handle, RestoreDriver.NewPassword), Ct);
        Assert.True(report.Ok, report.ToString());
    }

    private static async Task<(string Id, string Handle)> DraftAsync(ApiCalls calls, LostAccount lost, RealNetwork network)
    {
        var id = (await calls.CallAsync<MigrationView>(HttpMethod.Post, "/restores", new CreateMigration(lost.Account.Did), "")).Id;
        var handle = network.NewHandle(network.B, "back");
        await calls.CallAsync<MigrationView>(HttpMethod.Put, $"/migrations/{id}/target", new ChooseTarget(network.B.Url), id);
        await calls.CallAsync<MigrationView>(
            HttpMethod.Put, $"/migrations/{id}/account", new ChooseAccount(handle, $"{id}@example.com", RestoreDriver.NewPassword, null), id);
        await calls.CallAsync<MigrationView>(
            HttpMethod.Put, $"/migrations/{id}/restore/rotation-key", new GiveRotationKey(lost.Key.RevealMultibase(), null), id);
        return (id, handle);
    }

    private static async Task<int> PostAsync(PlanWorld world, string path, object command)
    {
        using var body = System.Net.Http.Json.JsonContent.Create(command);
        using var answer = await world.Program.CallAsync(HttpMethod.Post, "/api/v1" + path, body, Ct);
        return (int)answer.StatusCode;
    }

    private static async Task<int> UploadAsync(PlanWorld world, string id, string name, byte[] bytes)
    {
        using var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = new("application/octet-stream");
        using var answer = await world.Program.CallAsync(
            HttpMethod.Post, $"/api/v1/migrations/{id}/restore/uploads?name={Uri.EscapeDataString(name)}", body, Ct);
        return (int)answer.StatusCode;
    }
}
