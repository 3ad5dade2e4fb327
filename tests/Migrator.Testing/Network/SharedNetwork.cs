namespace Migrator.Testing.Network;

/// <summary>
/// One <see cref="RealNetwork"/> for all tests of an assembly, started when the first of them asks. With xunit.v3:
/// <c>[assembly: AssemblyFixture(typeof(SharedNetwork))]</c> once, then a test class takes it in its constructor.
/// </summary>
public sealed class SharedNetwork : IAsyncDisposable
{
    private readonly Lock door = new();
    private Task<RealNetwork>? network;

    /// <param name="cancel">Ends the waiting of this caller only, not the start, which others may wait for too.</param>
    public Task<RealNetwork> GetAsync(CancellationToken cancel)
    {
        lock (door)
            network ??= RealNetwork.StartAsync(CancellationToken.None);
        return network.WaitAsync(cancel);
    }

    public async ValueTask DisposeAsync()
    {
        if (network is { IsCompletedSuccessfully: true })
            await (await network).DisposeAsync();
    }
}
