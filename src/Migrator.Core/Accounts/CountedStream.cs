using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Accounts;

/// <summary>Reads until what an archive may unfold to is used up.</summary>
internal sealed class CountedStream(Stream inner, Func<long> left, Action<int> took) : ReadOnlyStream
{
    public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await inner.ReadAsync(buffer, cancellationToken));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private int Count(int read)
    {
        took(read);
        return left() >= 0 ? read : throw new FileSearchException("An archive unfolds to more than Migrator reads from one.");
    }
}
