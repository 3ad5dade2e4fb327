using Microsoft.AspNetCore.Server.Kestrel.Core;
using Migrator.Core.AtProto;
using Migrator.Core.Migrations;
using Migrator.Jobs;
using Migrator.Jobs.Migrations;
using Migrator.Web.Api;
using Migrator.Web.Components;
using Migrator.Web.Features.Backups;
using Migrator.Web.Features.Doctor;
using Migrator.Web.Features.Returns;
using Migrator.Web.Features.Move;
using Migrator.Web.Security;

namespace Migrator.Web.Hosting;

/// <summary>The composition of the program, from settings to routes.</summary>
public static class MigratorApp
{
    /// <param name="behind">What stands behind the pages; the real thing where nothing else is given.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Settings that cannot be right.</exception>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? behind = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = "migrator",
            ContentRootPath = AppContext.BaseDirectory,
        });
        var options = WebOptions.Read(builder.Configuration);
        PrivateFile.CreateFolder(options.DataFolder);

        builder.AddConsoleLogs(options);
        builder.WebHost.ConfigureKestrel(server => server.Limit(options));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddHealthChecks();
        (behind ?? AddMigrator)(builder);
        builder.Services.AddHostAllowList(options);
        if (options.ServesPages)
        {
            builder.Services.AddDoor(options);
            builder.Services.AddApi();
            builder.Services.AddRazorComponents();
            builder.Services.AddHostedService<Greeting>();
        }

        var app = builder.Build();
        app.UsePublicAddress(options.PublicUrl);
        app.UseSecurityHeaders(https: options.PublicUrl.Scheme == Uri.UriSchemeHttps);
        app.UseFaultPages();
        app.UseCrossSiteGuard(options);
        app.UseRouting();
        app.MapHealth();
        if (options.ServesPages)
        {
            app.UseAuthentication();
            app.UseAuthorization();
            app.UseRateLimiter();
            app.UseAntiforgery();
            app.UseStaleFormPage();

            app.MapAssets();
            app.MapSignOut();
            app.MapApi();
            app.MapRecoveryKitFile();
            app.MapReportDownload();
            app.MapCheckFiles();
            app.MapPublishedKeys();
            app.MapKeyKitFile();
            app.MapSnapshotDownloads();
            app.MapTakeOut();
            app.MapRazorComponents<App>();
        }

        return app;
    }

    /// <summary>Protocol, moves, database and engine: what the pages only show.</summary>
    private static void AddMigrator(WebApplicationBuilder builder) => builder.Services
        .AddAtProto(builder.Configuration)
        .AddMigrations(builder.Configuration)
        .AddMigratorJobs(builder.Configuration)
        .AddIdentityWatch(builder.Configuration)
        .AddMigratorHealthChecks(builder.Configuration);

    /// <summary>Behind a TLS proxy: what comes for the public host came by its scheme, whatever the last hop was.</summary>
    private static void UsePublicAddress(this WebApplication app, Uri publicUrl) => app.Use((context, next) =>
    {
        if (string.Equals(context.Request.Host.Value, publicUrl.Authority, StringComparison.OrdinalIgnoreCase))
            context.Request.Scheme = publicUrl.Scheme;
        return next(context);
    });

    private static void AddConsoleLogs(this WebApplicationBuilder builder, WebOptions options)
    {
        builder.Logging.ClearProviders();
        if (options.JsonLogs)
            builder.Logging.AddJsonConsole(console => console.IncludeScopes = true);
        else
            builder.Logging.AddSimpleConsole(console => { console.SingleLine = true; console.TimestampFormat = "HH:mm:ss "; });
    }

    private static void Limit(this KestrelServerOptions server, WebOptions options)
    {
        server.AddServerHeader = false;
        server.Listen(options.BindAddress, options.Url.Port);
        server.Limits.MaxRequestBodySize = 1024 * 1024;
        server.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        server.Limits.MaxConcurrentConnections = 500;
    }
}
