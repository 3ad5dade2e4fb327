using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Migrator.Core.AtProto.Net;

/// <summary>
/// Opens every outbound connection: resolves the name once, refuses the name if any of its addresses is not allowed, and connects to
/// one of the addresses that it checked. A name that changes its address between check and use therefore gains nothing.
/// </summary>
public sealed class GuardedConnector(
    OutboundPolicy policy, INameResolver names, IOptions<NetworkOptions> options, TimeProvider time, ILogger<GuardedConnector> log)
{
    private const int MaxAddresses = 16;

    public async ValueTask<Stream> ConnectAsync(string host, int port, CancellationToken cancel)
    {
        var addresses = await ResolveAsync(host, cancel).ConfigureAwait(false);
        foreach (var address in addresses)
        {
            if (policy.AllowsAddress(host, port, address)) continue;
            log.AddressBlocked(host);
            throw new BlockedAddressException(host, "it does not lead to a public internet address");
        }
        return await ConnectToAnyAsync(host, addresses, port, cancel).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal)) return [literal];
        var found = await names.ResolveAsync(host, cancel).ConfigureAwait(false);
        if (found.Count == 0) throw new SocketException((int)SocketError.HostNotFound);
        return found.Count <= MaxAddresses ? found : [.. found.Take(MaxAddresses)];
    }

    private async ValueTask<Stream> ConnectToAnyAsync(string host, IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancel)
    {
        // One dead address must not eat the time of the others.
        var share = options.Value.ConnectTimeout / addresses.Count;
        SocketException? last = null;
        foreach (var address in addresses)
        {
            using var limit = new CancellationTokenSource(share, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, port), either.Token).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException refused)
            {
                socket.Dispose();
                last = refused;
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                socket.Dispose();
                last = new SocketException((int)SocketError.TimedOut);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last ?? throw new InvalidOperationException($"No address was tried for {host}.");
    }
}
