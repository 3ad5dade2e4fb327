using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Net;
using Migrator.Core.Backups;
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
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System)
        .Configure<NetworkOptions>(network => network.AllowPrivate.Add("127.0.0.1:*")).AddVaults().BuildServiceProvider();
    private readonly HostilePds _receiver;
    private readonly CancellationToken _ct;
    private int _hooksSeen;

    private string? _keyId;

    private PlanWorld(HostilePds receiver, CancellationToken ct) => (_receiver, _ct) = (receiver, ct);

    public MigratorProcess Program { get; private set; } = null!;

    public string AccountId { get; private set; } = "";

    public string PrivateKey { get; private set; } = "";

    public string VaultFolder => Path.Combine(_folder, "vault");

    /// <param name="more">Settings of the program, by their names with colons.</param>
    /// <param name="launcher">See <see cref="MigratorProcess.StartAsync"/>.</param>
    /// <param name="data">The same.</param>
    public static async Task<PlanWorld> StartAsync(
        RealNetwork network, CancellationToken ct, IReadOnlyDictionary<string, string>? more = null, IReadOnlyList<string>? launcher = null,
        string? data = null)
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
        foreach (var (key, value) in more ?? new Dictionary<string, string>())
            settings[key] = value;
        world.Program = await MigratorProcess.StartAsync(settings, ct, data, launcher);
        return world;
    }

    /// <summary>One account into one vault in a folder.</summary>
    public Task AddPlanAsync(FilledAccount account) => AddPlanAsync([account], [new AddVault("Disk", "file", VaultFolder)]);

    /// <summary>A plan of every hour, with the key that was made first, into vaults that are set up for it.</summary>
    public async Task<PlanView> AddPlanAsync(
        IReadOnlyList<FilledAccount> accounts, IReadOnlyList<AddVault> places, RetentionInput? retention = null, string name = "Mine")
    {
        var vaults = new List<string>();
        foreach (var place in places)
            vaults.Add((await CallAsync<VaultView>(HttpMethod.Post, "/vaults", place)).Id);
        _keyId ??= await AddKeyAsync();
        var command = new SavePlan(
            name, "accounts", [.. accounts.Select(account => account.Did)], null, vaults, [_keyId], new ScheduleInput(1, JitterMinutes: 0),
                retention);
        var plan = await CallAsync<PlanView>(HttpMethod.Post, "/plans", command);
        AccountId = await AccountIdOfAsync(accounts[0]);
        return plan;
    }

    public async Task<string> AccountIdOfAsync(FilledAccount account) =>
        (await CallAsync<AccountPage>(HttpMethod.Get, "/accounts", null)).Items.Single(item => item.Did == account.Did).Id;

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

    public Task<BackupAccountView> UntilAsync(Func<BackupAccountView, bool> wanted, string what) => UntilAsync(AccountId, wanted, what);

    public async Task<BackupAccountView> UntilAsync(string accountId, Func<BackupAccountView, bool> wanted, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await CallAsync<BackupAccountView>(HttpMethod.Get, $"/accounts/{accountId}", null);
            if (wanted(view))
                return view;
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException(
                    $"Not within {Patience.TotalMinutes} minutes: {what}.\n{JsonSerializer.Serialize(view, Json)}\n{Program.Output}");
            await Task.Delay(100, _ct);
        }
    }

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<SnapshotView>> SnapshotsAsync(string? accountId = null) =>
        (await CallAsync<SnapshotPage>(HttpMethod.Get, $"/accounts/{accountId ?? AccountId}/snapshots", null)).Items;

    /// <summary>Opens a snapshot with the key alone, without anything that the program knows, and proves all of it.</summary>
    public async Task ProveAsync(IVault vault, string snapshot)
    {
        if (!AgeIdentity.TryParse(PrivateKey, out var identity))
            throw new InvalidOperationException("No key was made.");
        using var key = identity;
        var proof = await SnapshotProver.ProveAsync(vault, snapshot, [key], NewFolder(), _ct);
        if (!proof.IsWhole)
            throw new InvalidOperationException($"{snapshot} is not whole:\n{string.Join('\n', proof.Faults)}");
    }

    /// <summary>Proves all that can be seen in a vault: a snapshot is whole, or it is not seen.</summary>
    /// <returns>How many.</returns>
    public async Task<int> ProveAllAsync(IVault vault)
    {
        var names = new List<string>();
        await foreach (var found in vault.ListAsync(BackupLayout.Root, _ct))
        {
            if (BackupLayout.TryReadSnapshotName(found.Name, out _, out _))
                names.Add(found.Name);
        }

        foreach (var name in names)
            await ProveAsync(vault, name);
        return names.Count;
    }

    /// <summary>Runs an account's backup and waits until the run is over.</summary>
    public async Task<BackupAccountView> RunAsync(string? accountId = null)
    {
        var id = accountId ?? AccountId;
        var before = (await CallAsync<BackupAccountView>(HttpMethod.Get, $"/accounts/{id}", null)).Runs;
        await CallAsync<BackupAccountView>(HttpMethod.Post, $"/accounts/{id}/run", null);
        await UntilAsync(
            id, view => view.Runs.Count > 0 && view.Runs[0].Id != before.FirstOrDefault()?.Id && view.Runs[0].EndedAt is not null,
                "the end of a run");
        // The parts of a view are read one after the other; that one may have begun before the end.
        return await CallAsync<BackupAccountView>(HttpMethod.Get, $"/accounts/{id}", null);
    }

    /// <summary>Makes the account's turn come now, as the passing of an hour would.</summary>
    public Task BringForwardAsync() => ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture, $"UPDATE backup_account SET backup_at = {Now}, wake_at = {Now}, why = 'schedule'"));

    /// <summary>Changes the program's database beside it.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(Program.Data, "migrator.db")};Default Timeout=30;Pooling=False");
        await connection.OpenAsync(_ct);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(_ct);
    }

    /// <summary>Waits until a count in the program's database is not 0.</summary>
    public async Task UntilStoredAsync(string sql)
    {
        await using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(Program.Data, "migrator.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(_ct);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        var begun = TimeProvider.System.GetTimestamp();
        while ((long)(await command.ExecuteScalarAsync(_ct))! == 0)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"Not stored: {sql}\n{Program.Output}");
            await Task.Delay(50, _ct);
        }
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

    /// <summary>The hash of every file in the vault's folder, by path.</summary>
    public IReadOnlyDictionary<string, string> Contents() => Files("*").ToDictionary(
        file => file.FullName, file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.FullName))));

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

    public IVault OpenVault() => OpenVault(new FileVaultSettings(VaultFolder));

    public IVault OpenVault(VaultSettings settings, VaultCredentials? credentials = null) =>
        _services.GetRequiredService<IVaultFactory>().Open(settings, credentials);

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

    private async Task<string> AddKeyAsync()
    {
        var kit = await CallAsync<BackupKeyKit>(HttpMethod.Post, "/keys/made", new MakeBackupKey("Paper"));
        PrivateKey = kit.PrivateKey;
        await CallAsync<BackupKeyView>(HttpMethod.Post, $"/keys/{kit.Key.Id}/proof", new ProveBackupKey(kit.PrivateKey));
        return kit.Key.Id;
    }

    private sealed record AccountPage(IReadOnlyList<BackupAccountItem> Items);

    private sealed record SnapshotPage(IReadOnlyList<SnapshotView> Items);
}
