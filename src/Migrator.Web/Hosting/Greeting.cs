using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Migrator.Jobs.Storage;
using Migrator.Web.Security;

namespace Migrator.Web.Hosting;

/// <summary>
/// Once the program listens and the database is open: makes the API token and prints the one-time link.
/// The link goes to standard output, never to a log.
/// </summary>
public sealed class Greeting(WebOptions options, EntryLinks links, ApiToken apiToken, StorageGate storage, IServer server, IHostApplicationLifetime lifetime)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var started = lifetime.ApplicationStarted.Register(listening.SetResult);
        await listening.Task.WaitAsync(stoppingToken);
        await storage.WaitAsync(stoppingToken);
        apiToken.CreateIfMissing();
        Print(await links.CreateAsync(Address(), stoppingToken));
    }

    public static void Print(EntryLink link) => Console.Out.WriteLine(
        $"Open {link.Address}\n(works once, until {link.Expires.ToLocalTime():HH:mm}; for a new one run: migrator link)");

    /// <summary>With port 0 in the settings the system chose one: the link must name that.</summary>
    private Uri Address() => options.PublicUrl.Port != 0
        ? options.PublicUrl
        : new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
}
