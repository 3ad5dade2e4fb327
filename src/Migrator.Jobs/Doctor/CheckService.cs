using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.Doctor;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Doctor;

/// <inheritdoc cref="ICheckService"/>
internal sealed class CheckService(
    CarDoctor files, AccountDoctor accounts, IOptions<CheckServiceOptions> options, IOptions<StorageOptions> storage, TimeProvider time,
    ILogger<CheckService> log) : ICheckService, IHostedService, IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan LeftBehind = TimeSpan.FromDays(1);
    private const long BytesBetweenLooks = 16 << 20;
    private readonly Lock _adding = new();
    private readonly ConcurrentDictionary<string, CheckRun> _runs = new();
    private readonly ConcurrentDictionary<string, Task> _tasks = new();
    private readonly SemaphoreSlim _turns = new(options.Value.AtOnce, options.Value.AtOnce);
    private readonly CancellationTokenSource _ending = new();

    public ServiceResult<CheckView> CheckAccount(string owner, CheckAccount command)
    {
        var account = IdentityResolver.Simplify(command.Account ?? "");
        if (account.Length is 0 or > 2048)
            return ServiceResult<CheckView>.Invalid(nameof(command.Account), "Enter a handle, such as alice.example.com, or a DID.");
        Uri? other = null;
        if (!string.IsNullOrWhiteSpace(command.OtherHost) && !ServerAddress.TryRead(command.OtherHost, out other))
            return ServiceResult<CheckView>.Invalid(nameof(command.OtherHost), "Enter the address of a server, such as pds.example.com, or leave it empty.");
        if (TryAdd(owner, account, CheckKind.Account) is not { } run)
            return ServiceResult<CheckView>.Conflict("Too many checks wait already. Look at those first.");

        Begin(run, (folder, ct) => accounts.CheckAsync(
            account, new CheckOptions { WorkFolder = folder, ReadBlobs = command.ReadBlobs, OtherHost = other, LargestRepo = options.Value.LargestFile }, run, ct));
        return ServiceResult<CheckView>.Ok(run.View());
    }

    public async Task<ServiceResult<CheckView>> CheckFileAsync(string owner, string name, Stream content, CancellationToken ct)
    {
        // It counts while it is taken in, too: else any number of uploads could begin at once.
        if (TryAdd(owner, Shorten(name), CheckKind.File) is not { } run)
            return ServiceResult<CheckView>.Conflict("Too many checks wait already. Look at those first.");
        run.Wait("Taking the file in");
        var path = Path.Combine(MakeFolder(run.Id), "upload.car");
        var taken = false;
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, run.Stopped, _ending.Token);
            if (await TakeInAsync(content, path, stop.Token) is { } refused)
                return refused;
            run.Wait(CheckRun.ItsTurn);
            Begin(run, (folder, token) => files.CheckAsync(path, Shorten(name), new CheckOptions { WorkFolder = folder }, run, token));
            taken = true;
            return ServiceResult<CheckView>.Ok(run.View());
        }
        catch (OperationCanceledException) when (run.Stopped.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return Refuse(ServiceOutcome.Invalid, FileRefusal.Stopped, "The check was stopped while the file was taken in.");
        }
        finally
        {
            if (!taken)
            {
                RemoveFolder(run.Id);
                Forget(run);
            }
        }
    }

    public CheckView? Find(string owner, string id) => _runs.TryGetValue(id, out var run) && run.Owner == owner ? run.View() : null;

    public IReadOnlyList<CheckView> List(string owner) =>
        [.. _runs.Values.Where(run => run.Owner == owner).OrderByDescending(run => run.StartedAt).Select(run => run.View())];

    public bool Stop(string owner, string id)
    {
        if (!_runs.TryGetValue(id, out var run) || run.Owner != owner)
            return false;
        if (run.IsOver)
            Forget(run);
        else
            run.Stop();
        return true;
    }

    /// <summary>What an earlier run left behind is removed after a day: nobody knows its checks any more.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not what is in use: another process may share the folder.
        if (Directory.Exists(Root))
        {
            foreach (var left in new DirectoryInfo(Root).EnumerateDirectories().Where(folder => time.GetUtcNow() - folder.LastWriteTimeUtc > LeftBehind))
                left.Delete(recursive: true);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_tasks.Values).WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        foreach (var run in _runs.Values)
            run.Dispose();
        _turns.Dispose();
        _ending.Dispose();
    }

    /// <summary>Ends with the run of this check; at once where none runs.</summary>
    internal Task EndedAsync(string id) => _tasks.GetValueOrDefault(id, Task.CompletedTask);

    private string Root => Path.Combine(Path.GetFullPath(storage.Value.Data), "checks");

    /// <returns>Null where the owner has as many as one may have, and none of them is over.</returns>
    private CheckRun? TryAdd(string owner, string subject, CheckKind kind)
    {
        lock (_adding)
        {
            if (!TryMakeRoom(owner))
                return null;
            var run = new CheckRun(NewId(), owner, subject, kind, time.GetUtcNow());
            _runs[run.Id] = run;
            return run;
        }
    }

    private void Begin(CheckRun run, Func<string, CancellationToken, Task<CheckReport>> check)
    {
        var task = Task.Run(() => RunAsync(run, check));
        _tasks[run.Id] = task;
        _ = task.ContinueWith(_ => _tasks.TryRemove(run.Id, out Task? _), TaskScheduler.Default);
    }

    private async Task RunAsync(CheckRun run, Func<string, CancellationToken, Task<CheckReport>> check)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Stopped, _ending.Token);
        try
        {
            await _turns.WaitAsync(stop.Token);
            try
            {
                run.Report(new CheckProgress("Starting"));
                var report = await check(MakeFolder(run.Id), stop.Token);
                run.End(CheckState.Done, time.GetUtcNow(), report);
                Log.CheckDone(log, run.Id, report.Kind, report.Verdict);
            }
            finally
            {
                _turns.Release();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            run.End(CheckState.Stopped, time.GetUtcNow());
        }
        catch (Exception problem)
        {
            // The page is the only one who waits for this task: whatever it was has to be told there.
            Log.CheckFailed(log, run.Id, problem);
            var words = problem is IOException or UnauthorizedAccessException
                ? $"A file could not be written or read here: {problem.Message}"
                : "Something went wrong in this program. The log names it.";
            run.End(CheckState.Failed, time.GetUtcNow(), problem: words);
        }
        finally
        {
            RemoveFolder(run.Id);
        }
    }

    /// <returns>Null when it was taken; else why not.</returns>
    private async Task<ServiceResult<CheckView>?> TakeInAsync(Stream content, string path, CancellationToken ct)
    {
        await using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            UnixCreateMode = OwnerOnly,
        });
        var disk = new DriveInfo(Root);
        var buffer = new byte[1 << 16];
        long total = 0, nextLook = 0;
        int read;
        while ((read = await content.ReadAsync(buffer, ct)) > 0)
        {
            if (total >= nextLook)
            {
                nextLook = total + BytesBetweenLooks;
                if (disk.AvailableFreeSpace < options.Value.KeptFree)
                {
                    return Refuse(ServiceOutcome.Conflict, FileRefusal.NoRoom,
                        "There is too little room on this program's disk to take the file in. Try again when there is more, or use the "
                        + "command \"migrator verify\" where the file is.");
                }
            }

            total += read;
            if (total > options.Value.LargestFile)
            {
                return Refuse(ServiceOutcome.Invalid, FileRefusal.TooLarge,
                    $"The file is larger than {options.Value.LargestFile / 1_000_000:N0} MB, the most that is taken here. The command "
                    + "\"migrator verify\" has no such limit.");
            }

            await file.WriteAsync(buffer.AsMemory(0, read), ct);
        }

        return total == 0 ? Refuse(ServiceOutcome.Invalid, FileRefusal.None, "Choose a CAR file.") : null;
    }

    private static ServiceResult<CheckView> Refuse(ServiceOutcome outcome, string code, string message) =>
        new(outcome, null, [new FieldProblem("File", message, code)]);

    private bool TryMakeRoom(string owner)
    {
        var now = time.GetUtcNow();
        foreach (var old in _runs.Values.Where(run => run.IsOver && now - run.StartedAt > KeptFor))
            Forget(old);
        var mine = _runs.Values.Where(run => run.Owner == owner).OrderBy(run => run.StartedAt).ToList();
        if (mine.Count < options.Value.MostKept)
            return true;
        if (mine.Find(run => run.IsOver) is not { } oldest)
            return false;
        Forget(oldest);
        return true;
    }

    private void Forget(CheckRun run)
    {
        if (_runs.TryRemove(run.Id, out _))
            run.Dispose();
    }

    private string MakeFolder(string id)
    {
        var folder = Path.Combine(Root, id);
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        return folder;
    }

    private void RemoveFolder(string id)
    {
        var folder = Path.Combine(Root, id);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    private static string Shorten(string name)
    {
        var file = Path.GetFileName(name.Replace('\\', '/')) is { Length: > 0 } last ? last : "repo.car";
        return file.Length > 100 ? file[..100] : file;
    }
}
