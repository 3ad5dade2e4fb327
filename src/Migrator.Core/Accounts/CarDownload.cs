using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>Writes a repo export to a file as it arrives. Nothing is checked here: the caller verifies the file before it counts.</summary>
public static class CarDownload
{
    /// <returns>Null when the body ended by itself; else why it did not.</returns>
    /// <exception cref="IOException">The file could not be written (disk full): on our side.</exception>
    public static async Task<string?> ToFileAsync(XrpcStream body, FileStream file, long mostBytes, Func<long, Task> report, CancellationToken ct)
    {
        await using (body)
        await using (file)
        {
            var buffer = new byte[1 << 16];
            long total = 0;
            while (true)
            {
                int read;
                try
                {
                    read = await body.Stream.ReadAsync(buffer, ct);
                }
                catch (XrpcStreamException problem)
                {
                    return problem.Message;
                }

                if (read == 0)
                {
                    file.Flush(flushToDisk: true);
                    return null;
                }

                total += read;
                if (total > mostBytes)
                    return $"it is larger than {mostBytes:N0} bytes";
                await file.WriteAsync(buffer.AsMemory(0, read), ct);
                await report(total);
            }
        }
    }
}
