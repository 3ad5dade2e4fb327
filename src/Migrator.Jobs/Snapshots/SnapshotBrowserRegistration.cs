using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Migrator.Jobs.Snapshots;

public static class SnapshotBrowserRegistration
{
    /// <summary>Looking into snapshots with a key that the person gives for a while. Needs the backups' services.</summary>
    public static IServiceCollection AddSnapshotBrowser(this IServiceCollection services)
    {
        services.TryAddSingleton<SessionKeys>();
        services.TryAddSingleton<SnapshotBrowser>();
        services.TryAddSingleton<ISnapshotBrowser>(provider => provider.GetRequiredService<SnapshotBrowser>());
        services.TryAddSingleton<ISnapshotLender, SnapshotLender>();
        services.AddHostedService(provider => provider.GetRequiredService<SnapshotBrowser>());
        return services;
    }
}
