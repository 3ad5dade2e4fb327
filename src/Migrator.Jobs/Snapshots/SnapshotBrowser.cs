using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Snapshots;

/// <inheritdoc cref="ISnapshotBrowser"/>
internal sealed class SnapshotBrowser(IBackupService backups, OpenVaults vaults, SessionKeys keys, IOptions<StorageOptions> storage,
    TimeProvider time, ILogger<SnapshotBrowser> log)
    : ISnapshotBrowser, IHostedService, IDisposable
{
    private const int MostOpen = 8;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LeftBehind = TimeSpan.FromDays(1);
    private readonly SessionKeys _keys = keys;
    private readonly ConcurrentDictionary<(string Session, string Snapshot), OpenedEntry> _open = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private ITimer? _sweeper;

    private string Root => Path.Combine(Path.GetFullPath(storage.Value.Data), "browse");

    public ServiceResult<KeyLease> GiveKey(string owner, string session, string? text)
    {
        var name = SessionKeys.NameOf(owner, session);
        Close(name);
        return _keys.Give(name, text)
            ? ServiceResult<KeyLease>.Ok(new KeyLease(_keys.Until(name)!.Value))
            : ServiceResult<KeyLease>.Invalid("PrivateKey", "This is not a private key. It begins with AGE-SECRET-KEY-1.");
    }

    public KeyLease? FindKey(string owner, string session) =>
        _keys.Until(SessionKeys.NameOf(owner, session)) is { } until ? new KeyLease(until) : null;

    public void Forget(string owner, string session)
    {
        var name = SessionKeys.NameOf(owner, session);
        _keys.Forget(name);
        Close(name);
    }

    public void ForgetAll(string owner)
    {
        foreach (var name in _keys.SweepNow().Where(name => SessionKeys.IsOf(owner, name)))
        {
            _keys.Forget(name);
            Close(name);
        }
    }

    public async Task<ServiceResult<BrowsedSnapshot>> OpenAsync(string owner, string session, string snapshotId, CancellationToken ct)
    {
        var found = await backups.GetSnapshotAsync(owner, snapshotId, ct);
        if (found.Value is not { } view)
            return new ServiceResult<BrowsedSnapshot>(found.Outcome, null, found.Problems);
        var name = SessionKeys.NameOf(owner, session);
        if (_keys.Use(name) is null)
            return ServiceResult<BrowsedSnapshot>.Invalid("PrivateKey", "Give the private key first, or once more: its time is over.");
        if (TakeOpen(name, snapshotId) is { } open)
            return ServiceResult<BrowsedSnapshot>.Ok(open);

        await _opening.WaitAsync(ct);
        try
        {
            return TakeOpen(name, snapshotId) is { } meanwhile
                ? ServiceResult<BrowsedSnapshot>.Ok(meanwhile)
                : await OpenNewAsync(owner, name, view, ct);
        }
        catch (SnapshotFaultException fault) when (fault.Fault == SnapshotFault.WrongKey)
        {
            return ServiceResult<BrowsedSnapshot>.Invalid("PrivateKey", "This key does not open this snapshot: it was sealed to another "
                + "one.");
        }
        catch (SnapshotFaultException fault)
        {
            return ServiceResult<BrowsedSnapshot>.Unavailable("", $"The snapshot cannot be opened. {fault.Message}");
        }
        catch (VaultException fault)
        {
            return ServiceResult<BrowsedSnapshot>.Unavailable("", $"The place of the backups cannot be read. {fault.Message}");
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>What an earlier run left unsealed is removed after a day.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not what is in use: another process may share the folder.
        if (Directory.Exists(Root))
        {
            foreach (var left in new DirectoryInfo(Root).EnumerateDirectories()
                .Where(folder => time.GetUtcNow() - folder.LastWriteTimeUtc > LeftBehind))
                left.Delete(recursive: true);
        }

        _sweeper = time.CreateTimer(_ => Sweep(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var place in _open.Keys)
            Close(place);
        _keys.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _sweeper?.Dispose();
        _keys.Dispose();
        _opening.Dispose();
    }

    private async Task<ServiceResult<BrowsedSnapshot>> OpenNewAsync(string owner, string name, SnapshotView view, CancellationToken ct)
    {
        if (await vaults.FindAsync(owner, view.VaultId, ct) is not { } place)
            return ServiceResult<BrowsedSnapshot>.NotFound();
        var folder = Path.Combine(Root, Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(folder, OwnerOnly);
        OpenedSnapshot? snapshot = null;
        var kept = false;
        try
        {
            if (_keys.Use(name) is not { } keys)
                return ServiceResult<BrowsedSnapshot>.Invalid("PrivateKey", "Give the private key once more: its time is over.");
            snapshot = await SnapshotReader.OpenAsync(place.Vault, view.ObjectName, [.. keys], ct);
            var repo = await snapshot.OpenRepoAsync(folder, ct);
            var entry = new OpenedEntry(snapshot, repo, place.Vault, folder, time.GetUtcNow());
            entry.TryUse(time.GetUtcNow());
            MakeRoom();
            _open[(name, view.Id)] = entry;
            kept = true;
            return ServiceResult<BrowsedSnapshot>.Ok(new BrowsedSnapshot(entry));
        }
        finally
        {
            if (!kept)
            {
                snapshot?.Dispose();
                await place.Vault.DisposeAsync();
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private BrowsedSnapshot? TakeOpen(string name, string snapshotId) =>
        _open.TryGetValue((name, snapshotId), out var entry) && entry.TryUse(time.GetUtcNow()) ? new BrowsedSnapshot(entry) : null;

    private void MakeRoom()
    {
        while (_open.Count >= MostOpen)
            Close(_open.MinBy(entry => entry.Value.UsedAt).Key);
    }

    private void Sweep()
    {
        var alive = _keys.SweepNow();
        var now = time.GetUtcNow();
        foreach (var (place, entry) in _open)
        {
            if (alive.Contains(place.Session) && now - entry.UsedAt <= Idle)
                continue;
            try
            {
                Close(place);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // Nobody waits for this timer: what it throws would end the program. What stays is removed after a day, at a start.
                Log.NotWiped(log, Root, problem);
            }
        }
    }

    private void Close(string name)
    {
        foreach (var place in _open.Keys.Where(place => place.Session == name))
            Close(place);
    }

    private void Close((string Session, string Snapshot) place)
    {
        if (_open.TryRemove(place, out var entry))
            entry.Drop();
    }
}
