using System.Threading.Channels;
using Migrator.Core.Backups;

namespace Migrator.Jobs.Tests.Engine;

/// <summary>A backup as the engine began it; the test decides how it ends.</summary>
public sealed class TestBackup(BackupOrder order, IBackupIndex index, CancellationToken ct)
{
    private readonly TaskCompletionSource<BackupOutcome> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BackupOrder Order => order;

    /// <summary>The books of this run, bound to its lease.</summary>
    public IBackupIndex Index => index;

    public string Did => order.Did.ToString();

    public void End(BackupOutcome outcome) => _end.TrySetResult(outcome);

    public void EndUnchanged() => End(new BackupOutcome.Unchanged([]));

    internal Task<BackupOutcome> WaitAsync() => _end.Task.WaitAsync(ct);
}

/// <summary>Hands each backup to the test, or answers by itself where the test says how.</summary>
public sealed class TestBackupRunner
{
    private readonly Channel<TestBackup> _begun = Channel.CreateUnbounded<TestBackup>();

    /// <summary>Not null: answers instead of the test.</summary>
    public Func<BackupOrder, CancellationToken, Task<BackupOutcome>>? Behave { get; set; }

    public bool HasAnother => _begun.Reader.TryPeek(out _);

    /// <summary>The next backup; fails the test when none comes in half a minute.</summary>
    public Task<TestBackup> NextAsync(CancellationToken ct) => _begun.Reader.ReadAsync(ct).AsTask().WaitAsync(TimeSpan.FromSeconds(30), ct);

    internal sealed class Bound(TestBackupRunner runner, IBackupIndex index) : IBackupRunner
    {
        public async Task<BackupOutcome> RunAsync(BackupOrder order, CancellationToken ct)
        {
            if (runner.Behave is { } behave)
                return await behave(order, ct);
            var backup = new TestBackup(order, index, ct);
            await runner._begun.Writer.WriteAsync(backup, ct);
            return await backup.WaitAsync();
        }
    }
}
