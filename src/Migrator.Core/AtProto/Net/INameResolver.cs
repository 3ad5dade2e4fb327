using System.Net;

namespace Migrator.Core.AtProto.Net;

/// <summary>Looks up the addresses of a host name; throws <see cref="System.Net.Sockets.SocketException"/> when there are none.</summary>
public interface INameResolver
{
    ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancel);
}
