using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.Backups;
using Migrator.Jobs.Snapshots;

namespace Migrator.Jobs.Returns;

/// <summary>One bringing back while it runs, waits for its person and is remembered. Safe to look at while it changes.</summary>
internal sealed class ReturnRun(
    string id, string owner, string snapshotId, LentSnapshot lent, ResolvedIdentity account, ReturnChoice choice, DateTimeOffset startedAt)
    : IProgress<ReturnProgress>, IDisposable
{
    private readonly Lock _guard = new();
    private readonly CancellationTokenSource _stop = new();
    private VerifiedRepo? _then;
    private SnapshotAccountSource? _files;
    private ReturnView _view = new(
        id, snapshotId, lent.Snapshot.Manifest.TakenAt, account.Did.ToString(), account.VerifiedHandle?.ToString(), account.Pds.Authority,
        ReturnState.Queued, "Waiting for its turn", 0, 0, startedAt, null, null, null, null, null);

    public string Id => id;

    public string Owner => owner;

    public ResolvedIdentity Account => account;

    public ReturnChoice Choice => choice;

    public LentSnapshot Lent => lent;

    public CancellationToken Stopped => _stop.Token;

    /// <summary>Null until the snapshot's repo was opened.</summary>
    public AccountReturn? Work { get; private set; }

    /// <summary>The sign-in that writes; null before it was given.</summary>
    public SessionInMemory? Session { get; set; }

    /// <summary>What was stored last of <see cref="View"/>; null: nothing yet.</summary>
    public ReturnView? Stored { get; set; }

    public DateTimeOffset StoredAt { get; set; }

    /// <summary>When its state changed last.</summary>
    public DateTimeOffset ChangedAt { get; private set; } = startedAt;

    public ReturnView View
    {
        get
        {
            lock (_guard)
                return _view;
        }
    }

    public void Report(ReturnProgress value)
    {
        lock (_guard)
            _view = _view with { Doing = value.Doing, Done = value.Done, Total = value.Total };
    }

    /// <summary>Changes what is shown.</summary>
    public void Show(DateTimeOffset now, Func<ReturnView, ReturnView> change)
    {
        lock (_guard)
        {
            _view = change(_view);
            ChangedAt = now;
        }
    }

    /// <returns>False where it is not in that state any more: another page was faster.</returns>
    public bool TryLeave(ReturnState from, ReturnState to, DateTimeOffset now)
    {
        lock (_guard)
        {
            if (_view.State != from)
                return false;
            _view = _view with { State = to };
            if (_view.IsOver)
                _view = _view with { EndedAt = now };
            ChangedAt = now;
            return true;
        }
    }

    public void Own(VerifiedRepo then, SnapshotAccountSource files, AccountReturn work) => (_then, _files, Work) = (then, files, work);

    public Task StopAsync() => _stop.CancelAsync();

    /// <summary>Lets go of everything but what is shown: keys, sign-in, folders.</summary>
    public async Task CloseAsync()
    {
        Session?.Forget();
        Work?.Dispose();
        _files?.Dispose();
        _then?.Dispose();
        await lent.DisposeAsync();
    }

    /// <summary>For one that is over and closed.</summary>
    public void Dispose() => _stop.Dispose();
}
