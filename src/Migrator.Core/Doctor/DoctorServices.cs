using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Migrator.Core.Doctor;

public static class DoctorServices
{
    /// <summary>The checks of files and accounts; needs the protocol's own services (AddAtProto).</summary>
    public static IServiceCollection AddDoctor(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<OnlineParts>();
        services.TryAddSingleton<CarDoctor>();
        services.TryAddSingleton<AccountDoctor>();
        return services;
    }
}
