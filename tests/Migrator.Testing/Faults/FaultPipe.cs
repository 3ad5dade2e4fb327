using System.Net.Sockets;

namespace Migrator.Testing.Faults;

/// <summary>Copies one direction of a connection by plan.</summary>
internal static class FaultPipe
{
    internal enum End
    {
        /// <summary>The sender closed its side.</summary>
        Closed,

        /// <summary>The plan ended the connection.</summary>
        Broken,
    }

    public static async Task<End> CopyAsync(Socket from, Socket to, FaultFlow flow, CancellationToken cancel)
    {
        var buffer = new byte[flow.DripPause is null ? 16 * 1024 : 1];
        long passed = 0;
        while (true)
        {
            var count = await from.ReceiveAsync(buffer, cancel);
            if (count == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return End.Closed;
            }
            if (flow.Swallow) return End.Broken;
            var limit = flow.CutAfter ?? flow.StallAfter ?? long.MaxValue;
            var allowed = (int)Math.Min(count, limit - passed);
            await SendAllAsync(to, buffer.AsMemory(0, allowed), cancel);
            passed += allowed;
            if (allowed < count || passed == limit)
            {
                if (flow.CutAfter is not null) return End.Broken;
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            }
            if (flow.DripPause is { } pause) await Task.Delay(pause, cancel);
        }
    }

    private static async Task SendAllAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (bytes.Length > 0) bytes = bytes[await to.SendAsync(bytes, cancel)..];
    }
}
