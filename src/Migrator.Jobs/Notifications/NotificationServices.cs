using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Notifications;

public static class NotificationServices
{
    /// <summary>Webhook and mail, if they are configured, and the success addresses of plans. Needs AddGuardedHttp and AddMigratorStorage.</summary>
    public static IServiceCollection AddMigratorNotifications(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WebhookOptions>().Bind(configuration.GetSection(WebhookOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>());
        services.AddOptions<SmtpOptions>().Bind(configuration.GetSection(SmtpOptions.Section)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SmtpOptions>, SmtpOptionsValidator>());
        services.Replace(ServiceDescriptor.Singleton(PolicyOf(configuration)));
        services.TryAddSingleton<OutboxStore>();
        services.TryAddSingleton<WebhookSender>();
        services.TryAddSingleton<MailSender>();
        services.TryAddSingleton<NotificationTrial>();
        services.AddSingleton<IOutboxChannel>(provider => provider.GetRequiredService<WebhookSender>());
        services.AddSingleton<IOutboxChannel>(provider => provider.GetRequiredService<MailSender>());
        services.AddSingleton<IOutboxChannel, SuccessUrlCaller>();
        services.AddHostedService<OutboxSender>();
        return services;
    }

    private static OutboxPolicy PolicyOf(IConfiguration configuration)
    {
        var to = configuration[$"{SmtpOptions.Section}:{nameof(SmtpOptions.To)}"];
        return new OutboxPolicy(
            Has($"{WebhookOptions.Section}:{nameof(WebhookOptions.Url)}"),
            Has($"{SmtpOptions.Section}:{nameof(SmtpOptions.Host)}"),
            string.IsNullOrWhiteSpace(to) ? null : to.Trim());

        bool Has(string key) => !string.IsNullOrWhiteSpace(configuration[key]);
    }
}
