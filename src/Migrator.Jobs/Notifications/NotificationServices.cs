using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

public static class NotificationServices
{
    /// <summary>The webhook, if one is configured. Needs AddGuardedHttp and AddMigratorStorage.</summary>
    public static IServiceCollection AddMigratorNotifications(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WebhookOptions>().Bind(configuration.GetSection(WebhookOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>());
        var isOn = !string.IsNullOrWhiteSpace(configuration[$"{WebhookOptions.Section}:{nameof(WebhookOptions.Url)}"]);
        services.Replace(ServiceDescriptor.Singleton(new OutboxPolicy(isOn)));
        services.TryAddSingleton<OutboxStore>();
        services.TryAddSingleton<WebhookSender>();
        if (isOn)
            services.AddHostedService<OutboxSender>();
        return services;
    }
}
