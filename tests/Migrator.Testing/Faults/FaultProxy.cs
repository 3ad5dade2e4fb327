using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Migrator.Testing.Faults;

/// <summary>
/// A TCP proxy on a free loopback port that passes bytes to a real server and breaks the way back by plan. It knows nothing of HTTP,
/// so it breaks things where a network does: in the middle of anything.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _pumps = new();
    private readonly ConcurrentQueue<FaultPlan> _plans = new();
    private readonly string _host;
    private readonly int _port;
    private Task _accepting = Task.CompletedTask;

    private FaultProxy(Uri target) => (_host, _port) = (target.Host, target.Port);

    /// <summary>
    /// The proxy's own address; the host is written like the target's, so that names in tokens still match where possible.
    /// </summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The plan for connections that have none of their own in the queue.</summary>
    public FaultPlan Default { get; set; } = FaultPlan.None;

    /// <summary>Connections accepted so far.</summary>
    public int Connections { get; private set; }

    public static FaultProxy Start(Uri target)
    {
        var proxy = new FaultProxy(target);
        proxy._listener.Start();
        proxy.Url = new Uri($"http://127.0.0.1:{((IPEndPoint)proxy._listener.LocalEndpoint).Port}");
        proxy._accepting = proxy.AcceptAsync();
        return proxy;
    }

    /// <summary>The next connection, and only that one, follows this plan.</summary>
    public FaultProxy Next(FaultPlan plan)
    {
        _plans.Enqueue(plan);
        return this;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_stop.Token);
            }
            catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            Connections++;
            var pump = PumpAsync(client, _plans.TryDequeue(out var plan) ? plan : Default);
            _pumps[pump] = true;
            _ = pump.ContinueWith(done => _pumps.TryRemove(done, out _), TaskScheduler.Default);
        }
    }

    private async Task PumpAsync(Socket client, FaultPlan plan)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            try
            {
                await server.ConnectAsync(_host, _port, either.Token);
                var there = FaultPipe.CopyAsync(client, server, plan.Request, either.Token);
                var back = FaultPipe.CopyAsync(server, client, plan.Reply, either.Token);
                await Task.WhenAny(there, back);
                // A half that ended by plan ends the connection; a client that only stopped sending still gets its answer.
                if (there.IsCompletedSuccessfully && await there == FaultPipe.End.Closed) await back;
            }
            catch (Exception broken) when (broken is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Either end hung up: what a broken connection looks like.
            }
            finally
            {
                await either.CancelAsync();
                if (plan.Reset) client.LingerState = new LingerOption(true, 0);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_pumps.Keys);
        _stop.Dispose();
    }
}
