using System.Collections.Concurrent;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Returns;
using Migrator.Jobs.Snapshots;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Bringings back as a test puts them there; nothing runs. No key ever opens a snapshot.</summary>
public sealed class TestReturns : IReturnService, ISnapshotLender
{
    public ConcurrentDictionary<string, ReturnView> Views { get; } = new();

    /// <summary>What the next command answers; null: the look begins, or the writing does.</summary>
    public ServiceResult<ReturnView>? Answer { get; set; }

    public BeginReturn? Begun { get; private set; }

    public SignIn? Written { get; private set; }

    public string Put(ReturnView view)
    {
        Views[view.Id] = view;
        return view.Id;
    }

    public Task<ServiceResult<ReturnView>> BeginAsync(string owner, string snapshotId, SnapshotKey key, BeginReturn command, CancellationToken ct)
    {
        Begun = command;
        var view = SampleReturns.Looking() with { Id = $"b{Views.Count}" };
        return Task.FromResult(Answer ?? ServiceResult<ReturnView>.Ok(Views.GetOrAdd(view.Id, view)));
    }

    public Task<ServiceResult<ReturnView>> WriteAsync(string owner, string id, SignIn command, CancellationToken ct)
    {
        Written = command;
        return Task.FromResult(Answer ?? ServiceResult<ReturnView>.Ok(Views[id] = Views[id] with { State = ReturnState.Writing }));
    }

    public Task<ReturnView?> FindAsync(string owner, string id, CancellationToken ct) => Task.FromResult(Views.GetValueOrDefault(id));

    public Task<IReadOnlyList<ReturnView>> ListAsync(string owner, CancellationToken ct) => Task.FromResult<IReadOnlyList<ReturnView>>([.. Views.Values]);

    public Task<bool> StopAsync(string owner, string id) => Task.FromResult(Views.TryRemove(id, out _));

    public Task<ServiceResult<LentSnapshot>> LendAsync(string owner, SnapshotKey key, string snapshotId, CancellationToken ct) =>
        Task.FromResult(ServiceResult<LentSnapshot>.Invalid(nameof(SnapshotKey.PrivateKey), "Give the private key first."));
}
