using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.Migrations;
using Migrator.Core.Migrations.Gathering;

namespace Migrator.Core.Drills;

/// <summary>
/// The services that a restore runs on, put together as the program does it, but for one sandbox: its directory is the only directory, its
/// servers are the only hosts, and everything is kept in memory.
/// </summary>
internal static class SandboxWorld
{
    /// <param name="facts">The sandbox.</param>
    /// <param name="anchor">The operation that its directory alone may show.</param>
    /// <param name="folder">For the restore's files.</param>
    /// <param name="store">The restore.</param>
    /// <param name="secrets">Its secrets.</param>
    /// <param name="snapshot">What is restored.</param>
    /// <param name="time">The program's clock.</param>
    /// <param name="logs">The program's log.</param>
    public static ServiceProvider Build(
        SandboxFacts facts, PlcDrillAnchor anchor, string folder, IMigrationStore store, ISecretStore secrets, IRestoreSnapshots snapshot,
        TimeProvider time, ILoggerFactory logs)
    {
        var configuration = Settings(facts, folder);
        var services = new ServiceCollection()
            .AddSingleton(time)
            .AddSingleton(logs) // before AddLogging, which would make one of its own
            .AddLogging()
            .AddSingleton<INameResolver, LoopbackNames>()
            .AddSingleton(anchor)
            .AddSingleton(store)
            .AddSingleton(secrets)
            .AddSingleton(snapshot)
            .AddSingleton<IBlobLedger, MemoryLedger>()
            .AddSingleton<ICrashPoints, NoCrashPoints>()
            .AddAtProto(configuration)
            .AddMigrations(configuration);
        services.AddHttpClient(GuardedHttp.ClientName)
            .AddHttpMessageHandler(() => new SandboxOnlyHandler(facts, logs.CreateLogger<SandboxOnlyHandler>()));
        return services.BuildServiceProvider();
    }

    private static IConfigurationRoot Settings(SandboxFacts facts, string folder)
    {
        var unlimited = (1L << 40).ToString(CultureInfo.InvariantCulture);
        return new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Migrator:Data"] = folder,
            ["Migrator:Plc:Url"] = facts.Directory.ToString(),
            ["Migrator:Network:AllowPrivate:0"] = facts.Directory.Authority,
            ["Migrator:Network:AllowPrivate:1"] = facts.Server.Authority,
            ["Migrator:Network:MaxRepoBytes"] = unlimited,
            ["Migrator:Network:MaxBlobBytes"] = unlimited,
            ["Migrator:Network:MinBytesPerSecond"] = "0",
            // The server is on a machine that does all the work at once, and waits for nobody but itself.
            ["Migrator:Network:ImportTimeout"] = "02:00:00",
            ["Migrator:Network:HeaderTimeout"] = "00:10:00",
            ["Migrator:Network:BodyTimeout"] = "00:10:00",
            ["Migrator:Network:IdleTimeout"] = "00:10:00",
            ["Migrator:Identity:DohUrl"] = "",
            ["Migrator:Identity:HandleResolvers:0"] = facts.Server.ToString(),
            ["Migrator:Move:LargestRepo"] = unlimited,
            ["Migrator:Move:TriesPerStep"] = "4",
            ["Migrator:Move:FirstPause"] = "00:00:00.5",
            ["Migrator:Move:LongestPause"] = "00:00:05",
        }).Build();
    }
}
