using System.Runtime.InteropServices;

namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>Zeros that note how they are read: how far ahead of the receiver, and into how many different buffers.</summary>
internal sealed class WatchedZeros(long length, Func<long> received) : ZeroStream(length)
{
    private readonly HashSet<byte[]> _buffers = new(ReferenceEqualityComparer.Instance);

    /// <summary>The most bytes that were read from here and not yet received there: those on the way, wherever they were held.</summary>
    public long FarthestAhead { get; private set; }

    public int Buffers => _buffers.Count;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        FarthestAhead = Math.Max(FarthestAhead, Position - received());
        if (MemoryMarshal.TryGetArray<byte>(buffer, out var array)) _buffers.Add(array.Array!);
        return base.ReadAsync(buffer, cancellationToken);
    }
}
