using System.Net;
using System.Net.Sockets;
using Migrator.Core.AtProto.Xrpc;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Xrpc;

public sealed class ConnectTests
{
    [Fact]
    public async Task A_host_that_never_takes_the_connection_times_out()
    {
        // A full queue of connections that nobody accepts: Linux then lets the next one wait.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await using var pds = await TestPds.StartAsync(options => options.SafeAttempts = 1);
        var client = pds.Get<PdsClientFactory>().Anonymous(new Uri($"http://127.0.0.1:{port}"));

        var call = client.DescribeServerAsync(TestContext.Current.CancellationToken);
        while (!call.IsCompleted)
        {
            pds.Time.Advance(TimeSpan.FromSeconds(11));
            await Task.WhenAny(call, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        Assert.Equal(XrpcFailure.TimedOut, (await call).Error.Failure);
        Assert.Contains("127.0.0.1 took too long", (await call).Error.Message, StringComparison.Ordinal);
    }
}
