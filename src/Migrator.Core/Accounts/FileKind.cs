using System.Buffers;

namespace Migrator.Core.Accounts;

/// <summary>What a file is by its first bytes; names are not believed.</summary>
internal enum FileKind
{
    /// <summary>Anything: a blob, if its hash is wanted.</summary>
    Other,

    /// <summary>CAR, version 1.</summary>
    Car,

    Zip,
    Gzip,
    Tar,
}

internal static class FileKinds
{
    /// <summary>As many bytes as <see cref="Of"/> wants to see.</summary>
    public const int HeadLength = 512;

    private const int TarMarkAt = 257;

    /// <summary>Map of two, text of five, "roots".</summary>
    private static ReadOnlySpan<byte> CarHeader => [0xa2, 0x65, (byte)'r', (byte)'o', (byte)'o', (byte)'t', (byte)'s'];

    /// <param name="head">The file's first <see cref="HeadLength"/> bytes, or fewer where it is shorter.</param>
    public static FileKind Of(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[(byte)'P', (byte)'K', 3, 4]))
            return FileKind.Zip;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            return FileKind.Gzip;
        if (head.Length > TarMarkAt && head[TarMarkAt..].StartsWith("ustar"u8))
            return FileKind.Tar;
        return IsCar(head) ? FileKind.Car : FileKind.Other;
    }

    /// <summary>A length as varint, then a DAG-CBOR map whose first key is "roots": nothing else begins like this.</summary>
    private static bool IsCar(ReadOnlySpan<byte> head)
    {
        for (var i = 0; i < Math.Min(3, head.Length); i++)
        {
            if ((head[i] & 0x80) == 0)
                return head[0] != 0 && head[(i + 1)..].StartsWith(CarHeader);
        }

        return false;
    }

    public static async Task<FileKind> OfAsync(Stream stream, CancellationToken ct)
    {
        var head = ArrayPool<byte>.Shared.Rent(HeadLength);
        try
        {
            var length = await stream.ReadAtLeastAsync(head.AsMemory(0, HeadLength), HeadLength, throwOnEndOfStream: false, ct);
            return Of(head.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(head);
        }
    }
}
