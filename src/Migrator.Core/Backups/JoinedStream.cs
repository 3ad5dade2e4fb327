using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Backups;

/// <summary>Bytes that were read from a stream already, and then what is left of it. Owns neither.</summary>
internal sealed class JoinedStream(ReadOnlyMemory<byte> first, Stream rest) : ReadOnlyStream
{
    private int _given;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_given == first.Length) return rest.ReadAsync(buffer, cancellationToken);
        var count = Math.Min(buffer.Length, first.Length - _given);
        first.Slice(_given, count).CopyTo(buffer);
        _given += count;
        return ValueTask.FromResult(count);
    }
}
