using Migrator.Core.Age;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Backups;

/// <summary>The content of a sealed object; owns the stored bytes below it. Damage is thrown as <see cref="SnapshotFaultException"/>.</summary>
internal sealed class UnsealedStream(Stream stored, AgeReadStream content, string name) : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (AgeFaultException fault)
        {
            throw SealedReader.Explain(fault, name);
        }
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        try
        {
            await content.CopyToAsync(destination, bufferSize, cancellationToken).ConfigureAwait(false);
        }
        catch (AgeFaultException fault)
        {
            throw SealedReader.Explain(fault, name);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await content.DisposeAsync().ConfigureAwait(false);
        await stored.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            stored.Dispose();
        }
        base.Dispose(disposing);
    }
}
