using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Vaults;

/// <inheritdoc/>
internal sealed class VaultFactory(
    IHttpClientFactory clients, HostGovernor governor, IOptions<NetworkOptions> options, TimeProvider time, ILoggerFactory logs)
    : IVaultFactory
{
    public IVault Open(VaultSettings settings, VaultCredentials? credentials)
    {
        if (settings.FindProblems() is [var problem, ..]) throw new ArgumentException(problem, nameof(settings));
        var log = logs.CreateLogger<IVault>();
        return settings switch
        {
            FileVaultSettings file => new FileVault(file.Folder, time, log),
            S3VaultSettings s3 => OpenS3(s3, credentials ?? throw new ArgumentException("S3 needs credentials.", nameof(credentials)), log),
            _ => throw new ArgumentException($"No vault for {settings.GetType().Name}.", nameof(settings)),
        };
    }

    private S3Vault OpenS3(S3VaultSettings settings, VaultCredentials credentials, ILogger log)
    {
        var place = new S3Place(settings);
        var caller = new S3Caller(place.Name, settings.Endpoint, governor, options, time, log);
        return new S3Vault(S3Connection.Open(settings, credentials, clients), caller, place, log);
    }
}
