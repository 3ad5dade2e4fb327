using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Net;
using Migrator.Core.Vaults;
using Migrator.Testing.S3;

namespace Migrator.Core.Tests.Vaults;

/// <summary>Vaults as the program opens them, with no pause between tries.</summary>
internal sealed class VaultWorld : IDisposable
{
    private readonly ServiceProvider _provider;

    public VaultWorld(Action<NetworkOptions>? configure = null, TimeProvider? time = null, ILoggerProvider? logs = null)
    {
        var services = new ServiceCollection();
        services.AddLogging(builder =>
        {
            builder.SetMinimumLevel(LogLevel.Trace);
            if (logs is not null) builder.AddProvider(logs);
        });
        services.AddOptions<NetworkOptions>().Configure(options =>
        {
            options.AllowPrivate.Add("127.0.0.1:*");
            options.RetryDelay = TimeSpan.Zero;
            configure?.Invoke(options);
        });
        if (time is not null) services.AddSingleton(time);
        _provider = services.AddVaults().BuildServiceProvider();
    }

    public IVault OpenFolder(string folder) => Open(new FileVaultSettings(folder), null);

    public IVault Open(S3Server server, string prefix = "", VaultCredentials? credentials = null) =>
        Open(new S3VaultSettings(server.Url, "us-east-1", server.Options.Bucket, prefix),
            credentials ?? new VaultCredentials(server.Options.AccessKeyId, server.Options.SecretAccessKey));

    public IVault Open(VaultSettings settings, VaultCredentials? credentials) =>
        _provider.GetRequiredService<IVaultFactory>().Open(settings, credentials);

    public void Dispose() => _provider.Dispose();
}
