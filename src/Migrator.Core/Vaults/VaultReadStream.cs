using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Vaults;

/// <summary>An object as it is read: can't seek, and names faults of the store. Owns the inner stream.</summary>
internal sealed class VaultReadStream(Stream inner, Func<Exception, Exception> nameFault) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not VaultException)
        {
            throw nameFault(fault);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
