using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>Sealed snapshots as sources of a restore.</summary>
public interface IRestoreSnapshots
{
    /// <exception cref="GatherException">The vault cannot be reached, the snapshot is not there, or the key does not open it.</exception>
    Task<IGatherSource> OpenAsync(MigrationContext context, RestoreSource source, string folder, CancellationToken ct);

    /// <summary>One blob of a snapshot, for the copy.</summary>
    Task<XrpcResult<XrpcStream>> OpenBlobAsync(MigrationContext context, RestoreSource source, Cid cid, CancellationToken ct);

    /// <summary>The restore has ended: nothing of its keys stays in memory.</summary>
    Task ForgetAsync(MigrationId id);
}
