using Microsoft.AspNetCore.Builder;
using Migrator.Testing.Network;
using Migrator.Web.Hosting;

namespace Migrator.EndToEnd.Tests.Pages;

/// <summary>The whole program, pages and engine and all, as a person starts it; only the network it works in is a small one.</summary>
internal sealed class RealProgram : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string folder;

    private RealProgram(WebApplication app, string folder) => (this.app, this.folder) = (app, folder);

    public Uri Address => new(app.Urls.Single());

    /// <summary>Everything that the program keeps.</summary>
    public string Folder => folder;

    private string LinkFile => Path.Combine(folder, "link");

    public static async Task<RealProgram> StartAsync(RealNetwork network, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-pages-").FullName;
        var app = MigratorApp.Create(
        [
            $"--Migrator:Data={Path.Combine(folder, "data")}", "--Migrator:Url=http://127.0.0.1:0", $"--Migrator:Door:LinkFile={Path.Combine(folder, "link")}",
            $"--Migrator:Plc:Url={network.Plc.Url}", "--Migrator:Network:AllowPrivate:0=localhost:*",
            $"--Migrator:Identity:HandleResolvers:0={network.A.Url}", $"--Migrator:Identity:HandleResolvers:1={network.B.Url}",
            $"--Migrator:Drill:Sandbox={Drills.DrillWorld.SandboxFolder}",
            "--Migrator:Move:StandbyEvery=00:00:01", "--Migrator:Engine:ReconcileSeconds=1", "--Logging:LogLevel:Default=Warning",
        ]);
        await app.StartAsync(ct);
        return new RealProgram(app, folder);
    }

    /// <summary>The one-time link, once the program has written it.</summary>
    public async Task<string> ReadLinkAsync(CancellationToken ct)
    {
        while (!File.Exists(LinkFile))
            await Task.Delay(50, ct);
        return (await File.ReadAllTextAsync(LinkFile, ct)).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
