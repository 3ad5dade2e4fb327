using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>What the parts of one run share.</summary>
internal sealed class RunContext(BackupOrder order, SourceFolder folder, PdsClientFactory servers, TimeProvider time)
{
    public BackupOrder Order { get; } = order;

    public SourceFolder Folder { get; } = folder;

    public PdsClientFactory Servers { get; } = servers;

    public DateTimeOffset Now => time.GetUtcNow();

    public List<BackupRemark> Remarks { get; } = [];

    /// <summary>The state as it will be stored; set as soon as the identity is known.</summary>
    public SourceState State { get; set; } = null!;

    /// <summary>The identity was looked up by this very run.</summary>
    public bool IdentityIsFresh { get; set; }

    /// <summary>Reads the account: as a stranger, or as its owner when only the owner may.</summary>
    public PdsClient Reader { get; set; } = null!;

    public void Remark(RemarkKind kind, string text) => Remarks.Add(new BackupRemark(kind, text));

    public void Report(BackupStage stage, long done, long? total) => Order.Progress?.Report(new BackupProgress(stage, done, total));
}
