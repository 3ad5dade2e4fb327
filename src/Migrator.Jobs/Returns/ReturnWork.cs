using Microsoft.Extensions.Logging;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;

namespace Migrator.Jobs.Returns;

/// <summary>Does what a run is to do, from where it stands to its next rest: ready, or over.</summary>
/// <param name="store">Called at each change of state, so that it is remembered what was going on when the program ends.</param>
internal sealed class ReturnWork(PdsClientFactory servers, TimeProvider time, ILogger log, Func<Task> store)
{
    /// <summary>A day's limit on uploads, and a little.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(26);
    private static readonly TimeSpan UsualPause = TimeSpan.FromMinutes(1);

    /// <summary>So often it waits without anything having come back in between.</summary>
    private const int MostPauses = 10;

    public async Task RunAsync(ReturnRun run, SemaphoreSlim turns, CancellationToken ct)
    {
        try
        {
            if (run.View.Preview is null)
                await TryAsync(run, ReturnState.Looking, turns, LookAsync, ct);
            if (run.Session is null && run.View.State == ReturnState.Looking)
                run.Show(time.GetUtcNow(), view => view with { State = ReturnState.Ready, Doing = "", Done = 0, Total = 0 });
            else if (run.Session is not null && !run.View.IsOver)
                await TryAsync(run, ReturnState.Writing, turns, WriteAsync, ct);
            if (run.View.State == ReturnState.Writing)
                End(run, ReturnState.Done, null);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            if (run.Stopped.IsCancellationRequested)
                End(run, ReturnState.Stopped, null);
            else
                run.Show(time.GetUtcNow(), view => view.CutOffAt(time.GetUtcNow()));
        }
        catch (Exception problem) when (problem is SnapshotFaultException or VaultException)
        {
            End(run, ReturnState.Failed, $"The snapshot cannot be read. {problem.Message}");
        }
        catch (Exception problem)
        {
            // The page is the only one who waits for this task: whatever it was has to be told there.
            Log.Failed(log, run.Id, problem);
            End(run, ReturnState.Failed, problem is IOException or UnauthorizedAccessException
                ? $"A file could not be written or read here: {problem.Message}"
                : "Something went wrong in this program. The log names it.");
        }
    }

    /// <summary>Runs a part until it is through; waits, without a turn, where its server asks for that.</summary>
    private async Task TryAsync(
        ReturnRun run, ReturnState state, SemaphoreSlim turns, Func<ReturnRun, CancellationToken, Task<ReturnStop?>> part,
        CancellationToken ct)
    {
        var pauses = 0;
        var before = -1L;
        while (true)
        {
            await turns.WaitAsync(ct);
            ReturnStop? stop;
            try
            {
                run.Show(time.GetUtcNow(), view => view with { State = state, WaitsUntil = null, Problem = null });
                await store();
                stop = await part(run, ct);
            }
            finally
            {
                turns.Release();
            }

            if (stop is null)
                return;
            var now = time.GetUtcNow();
            var done = Done(run);
            pauses = done > before ? 1 : pauses + 1;
            before = done;
            var until = stop.RetryAt is { } at && at > now ? at : now + UsualPause * Math.Pow(2, pauses - 1);
            if (!stop.MayPass || pauses > MostPauses || until - now > LongestPause)
            {
                End(run, ReturnState.Failed, stop.Message);
                return;
            }

            run.Show(now, view => view with { State = ReturnState.Waiting, WaitsUntil = until, Problem = stop.Message });
            await store();
            await Task.Delay(until - now, time, ct);
        }
    }

    private static long Done(ReturnRun run) =>
        run.Work is { } work ? work.Returned + work.FilesBack.Count + (work.Sweep?.Asked ?? 0) : 0;

    private async Task<ReturnStop?> LookAsync(ReturnRun run, CancellationToken ct)
    {
        if (run.Work is null)
            await OpenAsync(run, ct);
        var stop = await run.Work!.LookAsync(run, ct);
        if (stop is null)
            run.Show(time.GetUtcNow(), view => view with { Preview = ReturnViews.Preview(run.Work) });
        return stop;
    }

    private async Task<ReturnStop?> WriteAsync(ReturnRun run, CancellationToken ct)
    {
        var owner = servers.WithSession(run.Account.Pds, run.Session!);
        try
        {
            return await run.Work!.WriteAsync(owner, run, ct);
        }
        finally
        {
            run.Show(time.GetUtcNow(), view => view with { Outcome = ReturnViews.Outcome(run.Work!) });
        }
    }

    private async Task OpenAsync(ReturnRun run, CancellationToken ct)
    {
        run.Report(new ReturnProgress("Opening the snapshot and checking all of it"));
        var snapshot = run.Lent.Snapshot;
        var folder = new DirectoryInfo(run.Lent.Folder);
        var then = await snapshot.OpenRepoAsync(folder.CreateSubdirectory("then").FullName, ct);
        var files = new SnapshotAccountSource(snapshot, folder.CreateSubdirectory("files").FullName);
        var kept = new HashSet<Cid>();
        await foreach (var blob in snapshot.ListBlobsAsync(ct))
        {
            if (blob.Absent is null)
                kept.Add(blob.Cid);
        }

        run.Own(then, files, new AccountReturn(then, files, kept, run.Account, run.Choice, servers, folder.FullName));
    }

    private void End(ReturnRun run, ReturnState state, string? problem)
    {
        var now = time.GetUtcNow();
        run.Show(now, view => view with { State = state, EndedAt = now, WaitsUntil = null, Problem = problem });
        Log.Ended(log, run.Id, state);
    }
}
