using System.Net;

namespace Migrator.Core.AtProto.Net;

/// <summary>The machine's own resolver.</summary>
public sealed class SystemNameResolver : INameResolver
{
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancel) =>
        await Dns.GetHostAddressesAsync(host, cancel).ConfigureAwait(false);
}
