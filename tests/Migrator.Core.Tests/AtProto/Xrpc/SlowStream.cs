using Migrator.Testing;

namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>Takes ten minutes for each read.</summary>
internal sealed class SlowStream(ManualTime time) : ZeroStream(300_000)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        time.Advance(TimeSpan.FromMinutes(10));
        return base.ReadAsync(buffer, cancellationToken);
    }
}
