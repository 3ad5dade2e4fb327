using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Migrator.Testing.Network;

/// <summary>
/// Ports on 127.0.0.1 for servers that must know theirs before they start. Taken from below the range the kernel gives to
/// outgoing connections (32768 and up), so that none is snatched away meanwhile, and never given out twice by one process.
/// </summary>
public static class FreePort
{
    private const int Lowest = 20_000;
    private const int Highest = 31_999;
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    public static int Next()
    {
        for (var tries = 0; tries < 1000; tries++)
        {
            var port = Random.Shared.Next(Lowest, Highest + 1);
            if (Given.TryAdd(port, true) && IsFree(port))
                return port;
        }
        throw new InvalidOperationException($"No free port between {Lowest} and {Highest}.");
    }

    private static bool IsFree(int port)
    {
        using var probe = new TcpListener(IPAddress.Loopback, port);
        try
        {
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
