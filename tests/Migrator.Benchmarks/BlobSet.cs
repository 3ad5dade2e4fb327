using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Benchmarks;

/// <param name="Number">Makes its bytes unlike those of the others.</param>
internal sealed record StubBlob(int Number, Cid Cid, long Size);

/// <summary>Blobs whose bytes follow from their number, so that no file holds them.</summary>
internal static class BlobSet
{
    private const int PieceSize = 1 << 16;

    private static readonly byte[] Filling = Fill();

    /// <summary>Writes one line a blob: its number, size and CID.</summary>
    public static void WriteManifest(string file, IEnumerable<long> sizes) =>
        File.WriteAllLines(file, sizes.Select((size, number) => string.Create(CultureInfo.InvariantCulture, $"{number} {size} {CidOf(number, size)}")));

    /// <summary>A manifest on its own, to try one copy by hand.</summary>
    public static int Make(string file, int count, int bytes)
    {
        WriteManifest(file, Enumerable.Repeat((long)bytes, count));
        return 0;
    }

    public static List<StubBlob> ReadManifest(string file) =>
    [
        .. File.ReadLines(file).Select(line => line.Split(' ')).Select(parts => new StubBlob(
            int.Parse(parts[0], CultureInfo.InvariantCulture), Cid.Parse(parts[2]), long.Parse(parts[1], CultureInfo.InvariantCulture))),
    ];

    public static async Task WriteAsync(StubBlob blob, Stream destination, CancellationToken cancel)
    {
        foreach (var piece in Pieces(blob.Number, blob.Size))
            await destination.WriteAsync(piece, cancel);
    }

    private static Cid CidOf(int number, long size)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in Pieces(number, size))
            hash.AppendData(piece.Span);
        return Cid.FromDigest(CidCodec.Raw, hash.GetHashAndReset());
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(int number, long size)
    {
        var first = Filling.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(first, number);
        yield return first.AsMemory(0, (int)Math.Min(size, PieceSize));
        for (var left = size - PieceSize; left > 0; left -= PieceSize)
            yield return Filling.AsMemory(0, (int)Math.Min(left, PieceSize));
    }

    private static byte[] Fill()
    {
        var bytes = new byte[PieceSize];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
