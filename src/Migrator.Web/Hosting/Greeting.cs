using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Migrator.Web.Security;

namespace Migrator.Web.Hosting;

/// <summary>Once the program listens: makes the API token and prints the one-time link. The link goes to standard output, never to a log.</summary>
public sealed class Greeting(WebOptions options, EntryLinks links, ApiToken apiToken, IServer server, IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken ct)
    {
        if (!options.ServesPages)
            return Task.CompletedTask;
        apiToken.CreateIfMissing();
        lifetime.ApplicationStarted.Register(() => Print(links.Create(Address())));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;

    /// <summary>With port 0 in the settings the system chose one: the link must name that.</summary>
    private Uri Address() => options.PublicUrl.Port != 0
        ? options.PublicUrl
        : new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    public static void Print(EntryLink link) => Console.Out.WriteLine(
        $"Open {link.Address}\n(works once, until {link.Expires.ToLocalTime():HH:mm}; for a new one run: migrator link)");
}
