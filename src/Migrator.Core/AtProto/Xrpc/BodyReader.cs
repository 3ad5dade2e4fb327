using System.Buffers;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Reads a small body whole, never taking more memory than it is allowed to have.</summary>
internal static class BodyReader
{
    /// <summary>The body; or null when it is larger than <paramref name="maxBytes"/>, unless it shall then be cut there.</summary>
    public static async Task<byte[]?> ReadAsync(HttpResponseMessage response, int maxBytes, bool cutAtMost, CancellationToken cancel)
    {
        if (!cutAtMost && response.Content.Headers.ContentLength > maxBytes) return null;
        var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(maxBytes + 1, 16 * 1024));
        try
        {
            var length = 0;
            while (true)
            {
                var room = Math.Min(buffer.Length, maxBytes + 1) - length;
                var count = await body.ReadAsync(buffer.AsMemory(length, room), cancel).ConfigureAwait(false);
                length += count;
                if (count == 0) return buffer.AsSpan(0, length).ToArray();
                if (length > maxBytes) return cutAtMost ? buffer.AsSpan(0, maxBytes).ToArray() : null;
                if (length == buffer.Length) buffer = Grow(buffer, length, maxBytes);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static byte[] Grow(byte[] buffer, int length, int maxBytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(maxBytes + 1L, buffer.Length * 2L));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        return larger;
    }
}
