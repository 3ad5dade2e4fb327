using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;
using Migrator.Testing.Faults;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>The real program with a vault in a folder, a key that was made and proven, one plan, and a receiver of its webhook.</summary>
internal sealed class PlanWorld : IAsyncDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly string _folder = Directory.CreateTempSubdirectory("migrator-plan-").FullName;
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddVaults().BuildServiceProvider();
    private readonly HostilePds _receiver;
    private readonly CancellationToken _ct;
    private int _hooksSeen;

    private PlanWorld(HostilePds receiver, CancellationToken ct) => (_receiver, _ct) = (receiver, ct);

    public MigratorProcess Program { get; private set; } = null!;

    public string AccountId { get; private set; } = "";

    public string PrivateKey { get; private set; } = "";

    private string VaultFolder => Path.Combine(_folder, "vault");

    public static async Task<PlanWorld> StartAsync(RealNetwork network, CancellationToken ct)
    {
        var world = new PlanWorld((await HostilePds.StartAsync()).On("/hook", Reply.Empty()), ct);
        var secret = Path.Combine(world._folder, "secret");
        await File.WriteAllTextAsync(secret, "a secret of the receiver", ct);
        var settings = new Dictionary<string, string>(CrashMatrixTests.Settings(network))
        {
            ["Migrator:Network:AllowPrivate:1"] = "127.0.0.1:*",
            ["Migrator:Drill:Sandbox"] = Drills.DrillWorld.SandboxFolder,
            ["Migrator:Webhook:Url"] = new Uri(world._receiver.Url, "/hook").ToString(),
            ["Migrator:Webhook:Secret_FILE"] = secret,
            ["Migrator:Webhook:PollSeconds"] = "1",
        };
        world.Program = await MigratorProcess.StartAsync(settings, ct);
        return world;
    }

    public async Task AddPlanAsync(FilledAccount account)
    {
        var vault = await CallAsync<VaultView>(HttpMethod.Post, "/vaults", new AddVault("Disk", "file", VaultFolder));
        var kit = await CallAsync<BackupKeyKit>(HttpMethod.Post, "/keys/made", new MakeBackupKey("Paper"));
        PrivateKey = kit.PrivateKey;
        await CallAsync<BackupKeyView>(HttpMethod.Post, $"/keys/{kit.Key.Id}/proof", new ProveBackupKey(kit.PrivateKey));
        var plan = await CallAsync<PlanView>(
            HttpMethod.Post,
            "/plans",
            new SavePlan("Mine", "accounts", [account.Handle], null, [vault.Id], [kit.Key.Id], new ScheduleInput(1, JitterMinutes: 0)));
        using var accounts = await Program.CallAsync(HttpMethod.Get, $"/api/v1/backups/accounts?plan={plan.Id}", null, _ct);
        using var list = JsonDocument.Parse(await accounts.Content.ReadAsStringAsync(_ct));
        AccountId = list.RootElement.GetProperty("items")[0].GetProperty("id").GetString()!;
    }

    /// <param name="path">Below <c>/api/v1/backups</c>.</param>
    public async Task<T> CallAsync<T>(HttpMethod method, string path, object? command)
    {
        using var body = command is null ? null : JsonContent.Create(command, command.GetType(), options: Json);
        using var answer = await Program.CallAsync(method, "/api/v1/backups" + path, body, _ct);
        var text = await answer.Content.ReadAsStringAsync(_ct);
        return answer.IsSuccessStatusCode
            ? JsonSerializer.Deserialize<T>(text, Json)!
            : throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {text}\n{Program.Output}");
    }

    public async Task<BackupAccountView> UntilAsync(Func<BackupAccountView, bool> wanted, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await CallAsync<BackupAccountView>(HttpMethod.Get, $"/accounts/{AccountId}", null);
            if (wanted(view))
                return view;
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"Not within {Patience.TotalMinutes} minutes: {what}.\n{JsonSerializer.Serialize(view, Json)}\n{Program.Output}");
            await Task.Delay(100, _ct);
        }
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<SnapshotView>> SnapshotsAsync() =>
        (await CallAsync<SnapshotPage>(HttpMethod.Get, $"/accounts/{AccountId}/snapshots", null)).Items;

    /// <summary>Makes the account's turn come now, as the passing of an hour would.</summary>
    public Task BringForwardAsync() => ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture, $"UPDATE backup_account SET backup_at = {Now}, wake_at = {Now}, why = 'schedule'"));

    /// <summary>Changes the program's database beside it.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(Program.Data, "migrator.db")};Default Timeout=30;Pooling=False");
        await connection.OpenAsync(_ct);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(_ct);
    }

    /// <summary>The body of the next call of the webhook.</summary>
    public async Task<string> NextHookAsync()
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (_receiver.Requests.Count <= _hooksSeen)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"The webhook was not called.\n{Program.Output}");
            await Task.Delay(50, _ct);
        }

        return System.Text.Encoding.UTF8.GetString(_receiver.Requests[_hooksSeen++].Body);
    }

    /// <summary>Of all objects and manifests, without the vault's marker.</summary>
    public long BytesInVault() => Files("*.age").Sum(file => file.Length);

    public int ObjectsInVault() => Files("*.age").Count(file => file.DirectoryName!.EndsWith("objects", StringComparison.Ordinal));

    public int SnapshotsInVault() => Files("*.age").Count(file => file.DirectoryName!.EndsWith("snapshots", StringComparison.Ordinal));

    public void FlipAByteInTheLargestObject()
    {
        var file = Files("*.age").MaxBy(file => file.Length)!;
        file.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = file.Open(FileMode.Open, FileAccess.ReadWrite);
        stream.Position = stream.Length / 2;
        var was = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(was ^ 1));
    }

    public IVault OpenVault() => _services.GetRequiredService<IVaultFactory>().Open(new FileVaultSettings(VaultFolder), null);

    public string NewFolder() => Directory.CreateDirectory(Path.Combine(_folder, $"work-{Guid.NewGuid():N}")).FullName;

    public async ValueTask DisposeAsync()
    {
        await Program.DisposeAsync();
        await _receiver.DisposeAsync();
        await _services.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    private IEnumerable<FileInfo> Files(string pattern) =>
        new DirectoryInfo(VaultFolder).EnumerateFiles(pattern, SearchOption.AllDirectories);

    private sealed record SnapshotPage(IReadOnlyList<SnapshotView> Items);
}
