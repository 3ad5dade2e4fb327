using System.Net;
using System.Net.Sockets;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Drills;

/// <summary>Knows one name, and asks no name server.</summary>
internal sealed class LoopbackNames : INameResolver
{
    public ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancel) => host == "localhost"
        ? ValueTask.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback])
        : throw new SocketException((int)SocketError.HostNotFound);
}
