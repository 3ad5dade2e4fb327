namespace Migrator.Jobs.Storage;

/// <summary>Opens once, when schema and master key are in order. Until then the engine waits and pages say so.</summary>
public sealed class StorageGate
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsOpen => _open.Task.IsCompleted;

    public Task WaitAsync(CancellationToken ct) => _open.Task.WaitAsync(ct);

    internal void Open() => _open.TrySetResult();
}
