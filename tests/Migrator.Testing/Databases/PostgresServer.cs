using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Migrator.Testing.Databases;

/// <summary>
/// A real PostgreSQL server for tests: the one that MIGRATOR_TEST_POSTGRES (a connection string) names, or an own cluster in a temporary
/// folder on a free port, made with the server's own programs and stopped by them. Each test takes a fresh database.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string? _adminConnection;
    private readonly PostgresPrograms? _programs;
    private readonly string? _folder;
    private readonly int _port;

    private PostgresServer(string? adminConnection, string? reason, PostgresPrograms? programs = null, string? folder = null, int port = 0)
    {
        _adminConnection = adminConnection;
        Reason = reason;
        _programs = programs;
        _folder = folder;
        _port = port;
    }

    /// <summary>False: no server can be had here, <see cref="Reason"/> says why; tests skip.</summary>
    public bool IsAvailable => _adminConnection is not null;

    public string? Reason { get; }

    /// <summary>True when the cluster is this test run's own, so that it may be stopped and started.</summary>
    public bool IsOwn => _folder is not null;

    public static async Task<PostgresServer> StartAsync()
    {
        if (Environment.GetEnvironmentVariable("MIGRATOR_TEST_POSTGRES") is { Length: > 0 } given)
            return new PostgresServer(given, null);
        if (PostgresPrograms.Find() is not { } programs)
            return new PostgresServer(null, "PostgreSQL's server programs are not installed, and MIGRATOR_TEST_POSTGRES is not set.");

        var folder = Directory.CreateTempSubdirectory("migrator-pg-").FullName;
        await programs.GiveToServerUserAsync(folder);
        await programs.RunAsync(
            "pg_ctl", "initdb", "-s", "-D", Path.Combine(folder, "data"), "-o", "-U migrator -A trust -E UTF8 --no-sync --locale=C");
        var port = FreePort();
        var server = new PostgresServer(
            $"Host=127.0.0.1;Port={port};Username=migrator;Database=postgres;Pooling=false", null, programs, folder, port);
        await server.StartClusterAsync();
        return server;
    }

    /// <summary>A new, empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(_adminConnection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(_adminConnection) { Database = name, Pooling = true, MaxPoolSize = 30 }.ConnectionString;
    }

    /// <summary>Starts the own cluster (again).</summary>
    public Task StartClusterAsync() => Own().RunAsync(
        "pg_ctl", "start", "-w", "-s", "-D", Path.Combine(_folder!, "data"), "-l", Path.Combine(_folder!, "log"),
        "-o", $"-p {_port} -h 127.0.0.1 -k {_folder} -c fsync=off -c max_connections=300");

    /// <summary>Stops the own cluster at once, as a crash would: open connections break.</summary>
    public Task StopClusterAsync() => Own().RunAsync("pg_ctl", "stop", "-w", "-s", "-m", "immediate", "-D", Path.Combine(_folder!, "data"));

    public async ValueTask DisposeAsync()
    {
        if (!IsOwn)
            return;
        NpgsqlConnection.ClearAllPools();
        if (File.Exists(Path.Combine(_folder!, "data", "postmaster.pid")))
            await StopClusterAsync();
        Directory.Delete(_folder!, recursive: true);
    }

    private PostgresPrograms Own() => _programs ?? throw new InvalidOperationException("This server is not ours to start or stop.");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>The installed server programs, and how they are run: PostgreSQL refuses to run as root.</summary>
internal sealed class PostgresPrograms
{
    private readonly string _folder;
    private readonly bool _asServerUser = Environment.UserName == "root";

    private PostgresPrograms(string folder) => _folder = folder;

    public static PostgresPrograms? Find()
    {
        const string root = "/usr/lib/postgresql";
        if (!Directory.Exists(root))
            return null;
        var newest = Directory.GetDirectories(root)
            .Select(folder => Path.Combine(folder, "bin"))
            .Where(folder => File.Exists(Path.Combine(folder, "initdb")))
            .MaxBy(folder => int.TryParse(Path.GetFileName(Path.GetDirectoryName(folder)), out var version) ? version : 0);
        return newest is null ? null : new PostgresPrograms(newest);
    }

    public async Task GiveToServerUserAsync(string folder)
    {
        if (_asServerUser)
            await RunProcessAsync("chown", ["postgres", folder]);
    }

    public Task RunAsync(string program, params string[] arguments)
    {
        var path = Path.Combine(_folder, program);
        return _asServerUser
            ? RunProcessAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunProcessAsync(path, arguments);
    }

    private static async Task RunProcessAsync(string program, IEnumerable<string> arguments)
    {
        // Output is not redirected: the server would inherit the pipes and keep them open for ever.
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Path.GetTempPath() })
            ?? throw new InvalidOperationException($"{program} did not start.");
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
