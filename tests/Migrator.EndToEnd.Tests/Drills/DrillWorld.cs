using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Migrator.Core.Drills;
using Migrator.Core.Vaults;
using Migrator.EndToEnd.Tests.Backups;
using Migrator.EndToEnd.Tests.Move;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Drills;

/// <summary>Drills as the program makes them, of a snapshot in a folder; and what they logged.</summary>
internal sealed partial class DrillWorld : IAsyncDisposable
{
    private readonly ServiceProvider _provider;
    private readonly LogKeeper _log = new();

    /// <param name="settings">Other settings than those of an installed sandbox.</param>
    public DrillWorld(params (string Key, string Value)[] settings) : this(null, settings)
    {
    }

    /// <param name="sandbox">A folder of <c>tests/network</c> whose sandbox does not do what it should.</param>
    public DrillWorld(string? sandbox, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Migrator:Drill:Sandbox"] = SandboxFolder })
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
        var services = new ServiceCollection().AddLogging(logs => logs.AddProvider(_log).SetMinimumLevel(LogLevel.Trace))
            .AddDrills(configuration);
        if (sandbox is not null)
            services.AddSingleton<ISandboxFinder>(new Liar(Path.Combine(NodePackage.Folder, sandbox)));
        _provider = services.BuildServiceProvider();
    }

    public static string SandboxFolder => Path.GetFullPath(Path.Combine(NodePackage.Folder, "..", "..", "sandbox"));

    public IDrill Drill => _provider.GetRequiredService<IDrill>();

    public string WorkFolder { get; } = Directory.CreateTempSubdirectory("migrator-drill-").FullName;

    public IReadOnlyCollection<string> Lines => _log.Lines;

    /// <summary>Who was called: host and port.</summary>
    public IReadOnlyList<string> Called
    {
        get
        {
            var calls = Lines.Select(line => CallLine().Match(line)).Where(found => found.Success);
            return [.. calls.Select(found => found.Groups[1].Value).Distinct().Order()];
        }
    }

    /// <summary>Directory, server and process of the one sandbox that was started.</summary>
    public (Uri Directory, Uri Server, int Pid) Sandbox
    {
        get
        {
            var found = Lines.Select(line => SandboxLine().Match(line)).Single(found => found.Success).Groups;
            return (new Uri(found[1].Value), new Uri(found[2].Value), int.Parse(found[3].Value, null));
        }
    }

    public DrillOrder Order(LiveBackups backups, string snapshot, IVault? vault = null) => new()
    {
        Vault = vault ?? backups.Vault,
        Snapshot = snapshot,
        Identities = [backups.Identity],
        WorkFolder = WorkFolder,
    };

    public static string Tell(DrillReport report) =>
        $"{report.Outcome} at {report.Depth}; {report.WhyNotDeeper} {report.Trouble}\n"
        + string.Join('\n', report.Findings.Select(finding => $"{finding}").Concat(report.Steps.Select(step => $"{step}")));

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        Directory.Delete(WorkFolder, recursive: true);
    }

    [GeneratedRegex(@"Drill calls \w+ ([^/]+)/")]
    private static partial Regex CallLine();

    [GeneratedRegex(@"Sandbox: directory (\S+), server (\S+), process (\d+)")]
    private static partial Regex SandboxLine();

    private sealed class Liar(string folder) : ISandboxFinder
    {
        public Task<SandboxAvailability> FindAsync(CancellationToken ct) =>
            Task.FromResult(new SandboxAvailability(true, "", null, folder));
    }
}
