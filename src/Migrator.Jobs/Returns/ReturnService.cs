using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Data.Common;
using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Snapshots;
using Migrator.Jobs.Storage;
using Migrator.Jobs.Storage.Returns;

namespace Migrator.Jobs.Returns;

/// <inheritdoc cref="IReturnService"/>
internal sealed class ReturnService(
    ISnapshotLender lender, IdentityResolver identities, PdsClientFactory servers, ReturnStore store, StorageGate gate, TimeProvider time,
    ILogger<ReturnService> log)
    : IReturnService, IHostedService, IDisposable
{
    private const int AtOnce = 2;
    private const int MostOfOne = 20;
    private const string NoSuch = "There is no such bringing back. Results are kept for 30 days.";
    private const string NotHere =
        "This one cannot go on: its key was in the memory of a process that has ended, or of another one. Begin again.";
    private const string TwoAtOnce = "Something is being brought back into this account already. Wait for its end, or stop it.";
    private static readonly TimeSpan StoredEvery = TimeSpan.FromSeconds(2);

    /// <summary>A look that nobody follows up holds the key to the snapshot no longer than this.</summary>
    private static readonly TimeSpan ReadyFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, ReturnRun> _runs = new();
    private readonly ConcurrentDictionary<string, Task> _tasks = new();
    private readonly SemaphoreSlim _turns = new(AtOnce, AtOnce);
    private readonly ReturnClerk _clerk = new(store, time, log);
    private readonly CancellationTokenSource _ending = new();
    private ITimer? _sweeper;
    private ITimer? _storing;

    public async Task<ServiceResult<ReturnView>> BeginAsync(
        string owner, string snapshotId, SnapshotKey key, BeginReturn command, CancellationToken ct)
    {
        command = command with
        {
            Paths = [.. (command.Paths ?? []).Where(path => !string.IsNullOrWhiteSpace(path))
                .Select(path => BeginReturnValidator.TryRead(path, out var read) ? read : path)],
        };
        var checkedCommand = new BeginReturnValidator().Validate(command);
        if (!checkedCommand.IsValid)
            return Invalid(checkedCommand);
        await SweepAsync();
        if (_runs.Values.Count(run => run.Owner == owner && !run.View.IsOver) >= MostOfOne)
            return ServiceResult<ReturnView>.Conflict("Too many of these are begun already. Stop some of them first.");
        var lent = await lender.LendAsync(owner, key, snapshotId, ct);
        if (lent.Value is not { } snapshot)
            return new ServiceResult<ReturnView>(lent.Outcome, null, lent.Problems);
        ReturnRun? run = null;
        try
        {
            var resolved = await identities.ResolveAsync(snapshot.Snapshot.Manifest.Did.ToString(), ct);
            if (resolved.Identity is not { } account)
                return ServiceResult<ReturnView>.Unavailable("", resolved.Message);
            SessionInMemory? session = null;
            if (command.Password is not null)
            {
                if (IsWritten(account))
                    return ServiceResult<ReturnView>.Conflict(TwoAtOnce);
                var signedIn = await SignInAsync(account, new SignIn(command.Password, command.Code), ct);
                if (signedIn.Value is null)
                    return new ServiceResult<ReturnView>(signedIn.Outcome, null, signedIn.Problems);
                session = signedIn.Value;
            }

            var begun = new ReturnRun(
                NewId(), owner, snapshotId, snapshot, account,
                new ReturnChoice(command.Paths.ToFrozenSet(StringComparer.Ordinal), command.All, command.LostFiles), time.GetUtcNow())
            { Session = session };
            // Known here first: what is stored and not known here counts as cut off.
            _runs[begun.Id] = begun;
            run = begun;
        }
        finally
        {
            if (run is null)
                await snapshot.DisposeAsync();
        }

        try
        {
            await _clerk.StoreAsync(run, Asked(run));
        }
        catch
        {
            run.Show(time.GetUtcNow(), view => view.CutOffAt(time.GetUtcNow()));
            await CloseAsync(run);
            _runs.TryRemove(run.Id, out _);
            throw;
        }

        Begin(run);
        return ServiceResult<ReturnView>.Ok(run.View);
    }

    public async Task<ServiceResult<ReturnView>> WriteAsync(string owner, string id, SignIn command, CancellationToken ct)
    {
        if (Mine(owner, id) is not { } run)
            return await store.FindAsync(owner, id, ct) is null
                ? ServiceResult<ReturnView>.NotFound(NoSuch)
                : ServiceResult<ReturnView>.Conflict(NotHere);
        var checkedCommand = new SignInValidator().Validate(command);
        if (!checkedCommand.IsValid)
            return Invalid(checkedCommand);
        if (run.View.State != ReturnState.Ready)
            return ServiceResult<ReturnView>.Conflict("It is not waiting for this any more.");
        if (IsWritten(run.Account))
            return ServiceResult<ReturnView>.Conflict(TwoAtOnce);
        var session = await SignInAsync(run.Account, command, ct);
        if (session.Value is null)
            return new ServiceResult<ReturnView>(session.Outcome, null, session.Problems);
        if (!run.TryLeave(ReturnState.Ready, ReturnState.Queued, time.GetUtcNow()))
        {
            await SignOutAsync(run, session.Value);
            return ServiceResult<ReturnView>.Conflict("It is not waiting for this any more.");
        }

        run.Session = session.Value;
        await _clerk.StoreAsync(run, Asked(run));
        Begin(run);
        return ServiceResult<ReturnView>.Ok(run.View);
    }

    public async Task<ReturnView?> FindAsync(string owner, string id, CancellationToken ct)
    {
        if (Mine(owner, id) is { } run)
            return run.View;
        var view = await store.FindAsync(owner, id, ct);
        if (view is { IsOver: false })
        {
            await SweepStoreAsync(ct);
            view = await store.FindAsync(owner, id, ct);
        }

        return view is null ? null : view with { IsHere = false };
    }

    public async Task<IReadOnlyList<ReturnView>> ListAsync(string owner, CancellationToken ct)
    {
        var views = await store.ListAsync(owner, ct);
        if (views.Any(view => !view.IsOver && !_runs.ContainsKey(view.Id)))
        {
            await SweepStoreAsync(ct);
            views = await store.ListAsync(owner, ct);
        }

        return [.. views.Select(view => Mine(owner, view.Id)?.View ?? view with { IsHere = false })];
    }

    public async Task<bool> StopAsync(string owner, string id)
    {
        if (Mine(owner, id) is not { View.IsOver: false } run)
        {
            await StoreAllAsync();
            // What runs of it still closes it; the sweep lets go of it then.
            if (!_tasks.ContainsKey(id) && Mine(owner, id) is { } over && _runs.TryRemove(id, out _))
                over.Dispose();
            return await store.ForgetAsync(owner, id, CancellationToken.None);
        }

        if (run.TryLeave(ReturnState.Ready, ReturnState.Stopped, time.GetUtcNow()))
            await CloseAsync(run);
        else
            await run.StopAsync();
        return true;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _sweeper = time.CreateTimer(_ => _ = SweepAsync(), null, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        _storing = time.CreateTimer(_ => _ = StoreAllAsync(), null, StoredEvery, StoredEvery);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_tasks.Values).WaitAsync(cancellationToken);
        foreach (var run in _runs.Values.Where(run => !run.View.IsOver))
        {
            run.Show(time.GetUtcNow(), view => view.CutOffAt(time.GetUtcNow()));
            await CloseAsync(run);
        }

        await StoreAllAsync();
    }

    public void Dispose()
    {
        _sweeper?.Dispose();
        _storing?.Dispose();
        _clerk.Dispose();
        _turns.Dispose();
        _ending.Dispose();
    }

    /// <summary>Ends with what runs of it at the moment; at once where nothing does.</summary>
    internal Task RestsAsync(string id) => _tasks.GetValueOrDefault(id, Task.CompletedTask);

    private bool IsWritten(ResolvedIdentity account) =>
        _runs.Values.Any(run => run.Account.Did == account.Did && run.Session is not null && !run.View.IsOver);

    private ReturnRun? Mine(string owner, string id) => _runs.TryGetValue(id, out var run) && run.Owner == owner ? run : null;

    private void Begin(ReturnRun run)
    {
        var task = Task.Run(async () =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Stopped, _ending.Token);
            await new ReturnWork(servers, time, log, StoreAllAsync).RunAsync(run, _turns, stop.Token);
            if (run.View.IsOver)
                await CloseAsync(run);
        });
        _tasks[run.Id] = task;
        _ = task.ContinueWith(ended => _tasks.TryRemove(KeyValuePair.Create(run.Id, ended)), TaskScheduler.Default);
    }

    private async Task<ServiceResult<SessionInMemory>> SignInAsync(ResolvedIdentity account, SignIn command, CancellationToken ct)
    {
        var code = string.IsNullOrWhiteSpace(command.Code) ? null : command.Code.Trim();
        var opened = await servers.Anonymous(account.Pds)
            .CreateSessionAsync(SignInName.Of(account.Did, account.VerifiedHandle), command.Password ?? "", code, ct);
        if (!opened.IsOk)
            return SignInTrouble.Explain<SessionInMemory>(
                opened.Error, account.Pds, code is not null, nameof(SignIn.Password), nameof(SignIn.Code));
        return opened.Value.Tokens.Did == account.Did
            ? ServiceResult<SessionInMemory>.Ok(new SessionInMemory(opened.Value.Tokens))
            : ServiceResult<SessionInMemory>.Invalid(
                nameof(SignIn.Password), "This signs in to another account than the one that the snapshot is of.");
    }

    private async Task CloseAsync(ReturnRun run)
    {
        if (run.Session is { } session)
            await SignOutAsync(run, session);
        await run.CloseAsync();
        await StoreAllAsync();
    }

    private async Task SignOutAsync(ReturnRun run, SessionInMemory session)
    {
        if (await session.ReadAsync(CancellationToken.None) is not { } tokens)
            return;
        session.Forget();
        var ended = await servers.Anonymous(run.Account.Pds).DeleteSessionAsync(tokens, CancellationToken.None);
        if (!ended.IsOk)
            Log.NotSignedOut(log, run.Id, ended.Error.Message);
    }

    private async Task SweepAsync()
    {
        var now = time.GetUtcNow();
        foreach (var run in _runs.Values)
        {
            if (run.View.IsOver && ReferenceEquals(run.View, run.Stored) && !_tasks.ContainsKey(run.Id) && _runs.TryRemove(run.Id, out _))
                run.Dispose();
            else if (now - run.ChangedAt > ReadyFor && run.TryLeave(ReturnState.Ready, ReturnState.Stopped, now))
                await CloseAsync(run);
        }

        try
        {
            if (gate.IsOpen)
                await SweepStoreAsync(_ending.Token);
        }
        catch (Exception problem) when (problem is DbException or OperationCanceledException)
        {
            Log.NotStored(log, problem.Message);
        }
    }

    private Task SweepStoreAsync(CancellationToken ct) => store.SweepAsync(_runs.ContainsKey, view => view.CutOffAt(time.GetUtcNow()), ct);

    private Task StoreAllAsync() => _clerk.StoreAsync(_runs.Values);

    private static AuditEntry Asked(ReturnRun run) =>
        new(run.Owner, run.Session is null ? "return.look" : "return.write", $"{run.Id} from snapshot {run.View.SnapshotId}");

    private static ServiceResult<ReturnView> Invalid(FluentValidation.Results.ValidationResult result) => ServiceResult<ReturnView>.Invalid(
        [.. result.Errors.DistinctBy(error => error.ErrorMessage)
            .Select(error => new FieldProblem(error.PropertyName, error.ErrorMessage))]);

    private static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
