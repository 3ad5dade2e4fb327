using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrator.Jobs.Doctor;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Returns;
using Migrator.Jobs.Snapshots;
using Migrator.Jobs.Storage;
using Migrator.Web.Hosting;
using Migrator.Web.Security;

namespace Migrator.Web.Tests.Hosting;

/// <summary>The real program, listening on a free port, with its own data folder and with migrations that live in memory.</summary>
public sealed class TestProgram : IAsyncDisposable
{
    private readonly bool ownsFolder;

    private TestProgram(WebApplication app, string data, TestMigrations migrations, ManualTime time, RecordedLogs logs, bool ownsFolder)
    {
        (App, Data, Migrations, Time, Logs, this.ownsFolder) = (app, data, migrations, time, logs, ownsFolder);
        Address = new Uri(app.Urls.Single());
    }

    public WebApplication App { get; }

    public Uri Address { get; }

    public string Data { get; }

    public TestMigrations Migrations { get; }

    public required TestChecks Checks { get; init; }

    public required TestBackups Backups { get; init; }

    public required TestDrills Drills { get; init; }

    public required TestReturns Returns { get; init; }

    public required TestSnapshots Snapshots { get; init; }

    public ManualTime Time { get; }

    public RecordedLogs Logs { get; }

    public string ApiToken => File.ReadAllText(Path.Combine(Data, "api-token")).Trim();

    public static async Task<TestProgram> StartAsync(string? data = null, ManualTime? time = null, params string[] settings)
    {
        var folder = data ?? Directory.CreateTempSubdirectory("migrator-web-").FullName;
        var migrations = new TestMigrations();
        var checks = new TestChecks();
        var backups = TestBackups.Create();
        var drills = TestDrills.Create();
        var returns = new TestReturns();
        var snapshots = new TestSnapshots();
        time ??= new ManualTime();
        var logs = new RecordedLogs();
        string[] args = [$"--Migrator:Data={folder}", "--Migrator:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=Trace", .. settings];
        var app = MigratorApp.Create(args, builder =>
        {
            builder.Logging.ClearProviders().AddProvider(logs);
            builder.Services.AddMigratorStorage(builder.Configuration);
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddSingleton<IMigrationService>(migrations);
            builder.Services.AddSingleton<IRestoreService>(new TestRestores(migrations));
            builder.Services.AddSingleton<ICheckService>(checks);
            builder.Services.AddSingleton(backups.Service);
            builder.Services.AddSingleton(drills.Service);
            builder.Services.AddSingleton<ISnapshotBrowser>(snapshots);
            builder.Services.AddSingleton<ISnapshotLender>(returns);
            builder.Services.AddSingleton<IReturnService>(returns);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        // The program's own link comes first: it would make a test's link useless.
        if (app.Services.GetServices<IHostedService>().OfType<Greeting>().SingleOrDefault() is { } greeting)
            await greeting.ExecuteTask!;
        return new TestProgram(app, folder, migrations, time, logs, ownsFolder: data is null)
        {
            Checks = checks,
            Backups = backups.Control,
            Drills = drills.Control,
            Returns = returns,
            Snapshots = snapshots,
        };
    }

    /// <summary>A fresh one-time link.</summary>
    public Task<EntryLink> NewLinkAsync() => App.Services.GetRequiredService<EntryLinks>().CreateAsync(Address, TestContext.Current.CancellationToken);

    /// <summary>A browser that nobody has signed in with.</summary>
    public TestBrowser OpenBrowser() => new(Address);

    public async Task<TestBrowser> SignInAsync()
    {
        var browser = OpenBrowser();
        var page = await browser.GetAsync("/enter");
        using var entered = await browser.PostAsync(page, "enter", ("Code", (await NewLinkAsync()).Token));
        Assert.Equal("/", browser.PathOf(entered));
        return browser;
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
        if (ownsFolder)
            Directory.Delete(Data, recursive: true);
    }
}
