namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>Starts a program again whenever it was killed, as a service manager does.</summary>
internal sealed class Supervisor : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;
    private int _restarts;

    public Supervisor(MigratorProcess program) => _watching = WatchAsync(program);

    public int Restarts => _restarts;

    /// <summary>Stops watching; fails with what the program said if it could not be started again.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(MigratorProcess program)
    {
        try
        {
            while (true)
            {
                await program.UntilExitAsync(_stop.Token);
                if (program.ExitCode != MigratorProcess.Killed)
                    throw new InvalidOperationException($"migrator ended by itself with {program.ExitCode}:\n{program.Output}");
                Interlocked.Increment(ref _restarts);
                program.Launch();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The test is over.
        }
    }
}
