namespace Migrator.Core.Tests.Age;

/// <summary>Gives bytes in pieces of random lengths, as a network does.</summary>
internal sealed class TrickleStream(byte[] bytes, int mostAtOnce, int seed) : MemoryStream(bytes)
{
    private readonly Random _random = new(seed);

    public override bool CanSeek => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return Read(buffer.Span[..Math.Min(buffer.Length, _random.Next(mostAtOnce) + 1)]);
    }
}
