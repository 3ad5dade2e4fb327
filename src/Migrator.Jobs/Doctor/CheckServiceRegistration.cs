using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Migrator.Core.Doctor;

namespace Migrator.Jobs.Doctor;

public static class CheckServiceRegistration
{
    /// <summary>Checks of files and accounts for pages and API. Needs storage options and the protocol's services.</summary>
    public static IServiceCollection AddCheckService(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CheckServiceOptions>().Bind(configuration.GetSection(CheckServiceOptions.Section))
            .Validate(options => options.AtOnce is >= 1 and <= 16, "Migrator:Doctor:AtOnce must be 1 to 16.")
            .Validate(options => options.MostKept is >= 5 and <= 500, "Migrator:Doctor:MostKept must be 5 to 500.")
            .Validate(options => options.LargestFile >= 1 << 20, "Migrator:Doctor:LargestFile must be 1048576 or more.")
            .Validate(options => options.KeptFree >= 0, "Migrator:Doctor:KeptFree must be 0 or more.")
            .ValidateOnStart();
        services.AddDoctor();
        services.TryAddSingleton<CheckService>();
        services.TryAddSingleton<ICheckService>(provider => provider.GetRequiredService<CheckService>());
        services.AddHostedService(provider => provider.GetRequiredService<CheckService>());
        return services;
    }
}
