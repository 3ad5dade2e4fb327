using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto;
using Migrator.Core.Migrations;
using Migrator.Jobs;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>Migrator without its pages: engine, database and service as the program composes them, against the real network.</summary>
internal sealed class MoveHost : IAsyncDisposable
{
    public const string Owner = "test";

    private readonly IHost _host;

    private MoveHost(IHost host, string folder) => (_host, Folder) = (host, folder);

    public string Folder { get; }

    public IMigrationService Service => _host.Services.GetRequiredService<IMigrationService>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public static Task<MoveHost> StartAsync(RealNetwork network, CancellationToken ct, params (string Key, string Value)[] settings) =>
        StartAsync(network, null, ct, settings);

    /// <param name="everything">Gets every line of every log, down to Trace.</param>
    public static async Task<MoveHost> StartAsync(
        RealNetwork network, ILoggerProvider? everything, CancellationToken ct, params (string Key, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-move-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Test" });
        var values = new Dictionary<string, string?>
        {
            ["Migrator:Data"] = folder,
            ["Migrator:Plc:Url"] = network.Plc.Url,
            ["Migrator:Network:AllowPrivate:0"] = "localhost:*",
            ["Migrator:Identity:HandleResolvers:0"] = network.A.Url,
            ["Migrator:Identity:HandleResolvers:1"] = network.B.Url,
            ["Migrator:Move:StandbyEvery"] = "00:00:01",
            ["Migrator:Move:FirstPause"] = "00:00:00.2",
            ["Migrator:Engine:ReconcileSeconds"] = "1",
        };
        foreach (var (key, value) in settings)
            values[key] = value;
        builder.Configuration.AddInMemoryCollection(values);
        if (everything is null)
            builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Warning);
        else
            builder.Logging.AddProvider(everything).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddAtProto(builder.Configuration).AddMigrations(builder.Configuration).AddMigratorJobs(builder.Configuration)
            .AddIdentityWatch(builder.Configuration);
        var host = builder.Build();
        await host.StartAsync(ct);
        return new MoveHost(host, folder);
    }

    public async Task<MigrationView> ViewAsync(string id, CancellationToken ct)
    {
        var result = await Service.GetAsync(Owner, id, ct);
        return result.Value ?? throw new InvalidOperationException(Text(result));
    }

    /// <summary>Looks until the migration is as wanted; its whole story is in the exception when that does not happen.</summary>
    public async Task<MigrationView> UntilAsync(string id, Func<MigrationView, bool> wanted, string what, CancellationToken ct)
    {
        var limit = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await ViewAsync(id, ct);
            if (wanted(view))
                return view;
            if (TimeProvider.System.GetElapsedTime(limit) > TimeSpan.FromMinutes(2))
                throw new TimeoutException($"Not within two minutes: {what}. {Story(view)}");
            await Task.Delay(50, ct);
        }
    }

    public Task<MigrationView> UntilHoldAsync(string id, HoldCause cause, CancellationToken ct) =>
        UntilAsync(id, view => view.Hold?.Cause == cause, $"hold {cause}", ct);

    public static string Story(MigrationView view) =>
        $"{view.State}, hold {view.Hold?.Cause}: {view.Hold?.Message}\n{string.Join('\n', view.Hold?.Details ?? [])}\n"
        + string.Join('\n', view.Events.Select(item => $"{item.At:HH:mm:ss.fff} {item.Step}: {item.Text}"));

    public static string Text<T>(ServiceResult<T> result)
        where T : class => $"{result.Outcome}: {string.Join("; ", result.Problems.Select(problem => $"{problem.Field}: {problem.Message}"))}";

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
