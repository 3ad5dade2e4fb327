using System.Net;
using System.Net.Sockets;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>Listens on a port, counts who comes, and hangs up.</summary>
internal sealed class Ear : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Task _listening;
    private int _connections;

    public Ear(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _listening = ListenAsync();
    }

    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _listening;
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                Interlocked.Increment(ref _connections);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }
}
