using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Migrator.Core.Drills;

/// <summary>Registers drills.</summary>
public static class DrillServices
{
    public static IServiceCollection AddDrills(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SandboxOptions>().Bind(configuration.GetSection(SandboxOptions.Section))
            .Validate(options => options.StartWithin >= TimeSpan.FromSeconds(5) && options.StartWithin <= TimeSpan.FromMinutes(30),
                $"{SandboxOptions.Section}:StartWithin must be 5 seconds to 30 minutes.")
            .Validate(options => options.Node.Length > 0, $"{SandboxOptions.Section}:Node must name Node.js.")
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISandboxFinder, SandboxFinder>();
        services.TryAddSingleton<IDrill, Drill>();
        return services;
    }
}
