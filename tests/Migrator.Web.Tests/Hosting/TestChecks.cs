using System.Collections.Concurrent;
using Migrator.Jobs.Doctor;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Tests.Hosting;

/// <summary>Checks as a test puts them there; nothing runs.</summary>
public sealed class TestChecks : ICheckService
{
    public ConcurrentDictionary<string, CheckView> Views { get; } = new();

    /// <summary>What the next command answers; null: a check that waits.</summary>
    public ServiceResult<CheckView>? Answer { get; set; }

    /// <summary>The bytes of the last file that came.</summary>
    public byte[]? File { get; private set; }

    public CheckAccount? Asked { get; private set; }

    public string Put(CheckView view)
    {
        Views[view.Id] = view;
        return view.Id;
    }

    public ServiceResult<CheckView> CheckAccount(string owner, CheckAccount command)
    {
        Asked = command;
        return Answer ?? Add(command.Account!);
    }

    public async Task<ServiceResult<CheckView>> CheckFileAsync(string owner, string name, Stream content, CancellationToken ct)
    {
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, ct);
        File = copy.ToArray();
        return Answer ?? Add(name);
    }

    public CheckView? Find(string owner, string id) => Views.GetValueOrDefault(id);

    public IReadOnlyList<CheckView> List(string owner) => [.. Views.Values];

    public bool Stop(string owner, string id) => Views.TryRemove(id, out _);

    private ServiceResult<CheckView> Add(string subject)
    {
        var view = SampleCheck.Done() with { Id = $"c{Views.Count}", Subject = subject };
        Put(view);
        return ServiceResult<CheckView>.Ok(view);
    }
}
