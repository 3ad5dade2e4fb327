namespace Migrator.Core.Tests.AtProto.Xrpc;

/// <summary>Gives some zeros, then fails as a disk does.</summary>
internal sealed class BreakingStream(long at) : ZeroStream(at)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await base.ReadAsync(buffer, cancellationToken);
        return count > 0 ? count : throw new EndOfStreamException("the disk is gone");
    }
}
