using System.Net;

namespace Migrator.Core.AtProto.Net;

/// <summary>Looks up the addresses of a host name; throws <see cref="System.Net.Sockets.SocketException"/> when there are none.</summary>
public interface INameResolver
{
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancel);
}

/// <summary>The machine's own resolver.</summary>
public sealed class SystemNameResolver : INameResolver
{
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancel) =>
        await Dns.GetHostAddressesAsync(host, cancel).ConfigureAwait(false);
}
