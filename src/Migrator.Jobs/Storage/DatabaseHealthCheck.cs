using System.Data.Common;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Migrator.Jobs.Storage;

/// <summary>The database answers, and its schema is this program's.</summary>
internal sealed class DatabaseHealthCheck(Database database, StorageGate gate) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await database.ReadAsync(db => db.SingleAsync<long>("SELECT count(*) FROM schema_version"), patience.Token);
            if (database.IsFull)
                return HealthCheckResult.Unhealthy(NoRoom.Message);
            return gate.IsOpen
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The database answers, but it is not opened yet.");
        }
        catch (DbException problem)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", problem);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"The database did not answer within {Patience.TotalSeconds} s.");
        }
    }
}

/// <summary>The master key was found and is the one the database was sealed with.</summary>
internal sealed class MasterKeyHealthCheck(SecretVault vault) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var result = vault.KeyId is { } key
            ? HealthCheckResult.Healthy($"Key {key}.")
            : HealthCheckResult.Unhealthy("The master key was not proven yet: the database has to answer first.");
        return Task.FromResult(result);
    }
}
