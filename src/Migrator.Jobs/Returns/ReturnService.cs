using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Frozen;
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

namespace Migrator.Jobs.Returns;

/// <inheritdoc cref="IReturnService"/>
internal sealed class ReturnService(
    ISnapshotLender lender, IdentityResolver identities, PdsClientFactory servers, Database database, TimeProvider time, ILogger<ReturnService> log)
    : IReturnService, IHostedService, IDisposable
{
    private const int AtOnce = 2;
    private const int MostOfOne = 20;
    private const string NoSuch = "There is no such bringing back. Results are kept for a day, and not over a restart.";
    private const string TwoAtOnce = "Something is being brought back into this account already. Wait for its end, or stop it.";
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    /// <summary>A look that nobody follows up holds the key to the snapshot no longer than this.</summary>
    private static readonly TimeSpan ReadyFor = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, ReturnRun> _runs = new();
    private readonly ConcurrentDictionary<string, Task> _tasks = new();
    private readonly SemaphoreSlim _turns = new(AtOnce, AtOnce);
    private readonly CancellationTokenSource _ending = new();
    private readonly ReturnWork _work = new(servers, time, log);
    private ITimer? _sweeper;

    public async Task<ServiceResult<ReturnView>> BeginAsync(string owner, string snapshotId, SnapshotKey key, BeginReturn command, CancellationToken ct)
    {
        command = command with
        {
            Paths = [.. (command.Paths ?? []).Where(path => !string.IsNullOrWhiteSpace(path)).Select(path => BeginReturnValidator.TryRead(path, out var read) ? read : path)],
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

            run = new ReturnRun(
                NewId(), owner, snapshotId, snapshot, account,
                new ReturnChoice(command.Paths.ToFrozenSet(StringComparer.Ordinal), command.All, command.LostFiles), time.GetUtcNow())
            { Session = session };
            await AuditAsync(run, session is null ? "return.look" : "return.write");
        }
        finally
        {
            if (run is null)
                await snapshot.DisposeAsync();
        }

        _runs[run.Id] = run;
        Begin(run);
        return ServiceResult<ReturnView>.Ok(run.View);
    }

    public async Task<ServiceResult<ReturnView>> WriteAsync(string owner, string id, SignIn command, CancellationToken ct)
    {
        if (Mine(owner, id) is not { } run)
            return ServiceResult<ReturnView>.NotFound(NoSuch);
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
        await AuditAsync(run, "return.write");
        Begin(run);
        return ServiceResult<ReturnView>.Ok(run.View);
    }

    public ReturnView? Find(string owner, string id) => Mine(owner, id)?.View;

    public IReadOnlyList<ReturnView> List(string owner) =>
        [.. _runs.Values.Where(run => run.Owner == owner).Select(run => run.View).OrderByDescending(view => view.StartedAt)];

    public async Task<bool> StopAsync(string owner, string id)
    {
        if (Mine(owner, id) is not { } run)
            return false;
        if (run.View.IsOver)
            Forget(run);
        else if (run.TryLeave(ReturnState.Ready, ReturnState.Stopped, time.GetUtcNow()))
            await CloseAsync(run);
        else
            await run.StopAsync();
        return true;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _sweeper = time.CreateTimer(_ => _ = SweepAsync(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_tasks.Values).WaitAsync(cancellationToken);
        foreach (var run in _runs.Values.Where(run => run.TryLeave(ReturnState.Ready, ReturnState.Stopped, time.GetUtcNow())))
            await CloseAsync(run);
    }

    public void Dispose()
    {
        _sweeper?.Dispose();
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
            await _work.RunAsync(run, _turns, stop.Token);
            if (run.View.IsOver)
                await CloseAsync(run);
        });
        _tasks[run.Id] = task;
        _ = task.ContinueWith(ended => _tasks.TryRemove(KeyValuePair.Create(run.Id, ended)), TaskScheduler.Default);
    }

    private void Forget(ReturnRun run)
    {
        // What runs of it still closes it; it is forgotten by the next sweep then.
        if (!_tasks.ContainsKey(run.Id) && _runs.TryRemove(run.Id, out _))
            run.Dispose();
    }

    private async Task<ServiceResult<SessionInMemory>> SignInAsync(ResolvedIdentity account, SignIn command, CancellationToken ct)
    {
        var code = string.IsNullOrWhiteSpace(command.Code) ? null : command.Code.Trim();
        var opened = await servers.Anonymous(account.Pds)
            .CreateSessionAsync(SignInName.Of(account.Did, account.VerifiedHandle), command.Password ?? "", code, ct);
        if (!opened.IsOk)
            return SignInTrouble.Explain<SessionInMemory>(opened.Error, account.Pds, code is not null, nameof(SignIn.Password), nameof(SignIn.Code));
        return opened.Value.Tokens.Did == account.Did
            ? ServiceResult<SessionInMemory>.Ok(new SessionInMemory(opened.Value.Tokens))
            : ServiceResult<SessionInMemory>.Invalid(nameof(SignIn.Password), "This signs in to another account than the one that the snapshot is of.");
    }

    private async Task CloseAsync(ReturnRun run)
    {
        if (run.Session is { } session)
            await SignOutAsync(run, session);
        await run.CloseAsync();
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
            if (run.View.IsOver && now - run.ChangedAt > KeptFor)
                Forget(run);
            else if (now - run.ChangedAt > ReadyFor && run.TryLeave(ReturnState.Ready, ReturnState.Stopped, now))
                await CloseAsync(run);
        }
    }

    private Task AuditAsync(ReturnRun run, string action) => database.WriteAsync(
        db => Journal.AuditAsync(db, run.Owner, run.Account.Did.ToString(), new AuditEntry(run.Owner, action, run.View.SnapshotId)), CancellationToken.None);

    private static ServiceResult<ReturnView> Invalid(FluentValidation.Results.ValidationResult result) => ServiceResult<ReturnView>.Invalid(
        [.. result.Errors.DistinctBy(error => error.ErrorMessage).Select(error => new FieldProblem(error.PropertyName, error.ErrorMessage))]);

    private static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
