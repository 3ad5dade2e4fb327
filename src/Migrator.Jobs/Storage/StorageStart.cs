using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Migrator.Jobs.Storage;

/// <summary>
/// The first service to start: data folder, schema, master key, this instance's own key, in this order. What waiting cannot mend stops the start
/// (<see cref="StartRefusedException"/>); a database that is away does not: the process stays up and goes on trying.
/// </summary>
internal sealed class StorageStart(
    IOptions<StorageOptions> options,
    Database database,
    SecretVault vault,
    InstanceKey instanceKey,
    LeaseStore leases,
    StorageGate gate,
    IHostApplicationLifetime lifetime,
    TimeProvider time,
    ILogger<StorageStart> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(2);
    private readonly CancellationTokenSource _stop = new();
    private DataFolder? _folder;
    private Task _trying = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _folder = DataFolder.Open(options.Value.Data, exclusive: database.Provider == DatabaseProvider.Sqlite);
        if (database.Provider == DatabaseProvider.Sqlite)
            DataFolder.MakePrivate(options.Value.SqliteFile);
        try
        {
            await OpenAsync(cancellationToken);
        }
        catch (DbException problem)
        {
            Log.DatabaseAway(log, problem.Message, RetryEvery.TotalSeconds);
            _trying = KeepTryingAsync(_stop.Token);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _trying;
    }

    public void Dispose()
    {
        _stop.Dispose();
        _folder?.Dispose();
    }

    private async Task OpenAsync(CancellationToken ct)
    {
        await new SchemaRunner(database, SchemaScript.LoadAll(database.Provider), log).ApplyAsync(ct);
        await vault.OpenAsync(ct);
        await instanceKey.OpenAsync(ct);
        if (database.Provider == DatabaseProvider.Sqlite)
            await leases.EndAllAsync(ct); // The folder's lock is ours, so whoever held one is dead.
        Log.StorageOpen(log, database.Provider, _folder!.Path, vault.KeyId!);
        gate.Open();
    }

    private async Task KeepTryingAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await Task.Delay(RetryEvery, time, ct);
                await OpenAsync(ct);
                return;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (DbException problem)
            {
                Log.DatabaseAway(log, problem.Message, RetryEvery.TotalSeconds);
            }
            catch (StartRefusedException problem)
            {
                Log.StartRefused(log, problem.Message);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                return;
            }
        }
    }
}
