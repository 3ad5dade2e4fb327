using System.Globalization;
using System.Text;

namespace Migrator.Testing.S3;

/// <summary>
/// Undoes <c>aws-chunked</c>: <c>hex-length[;chunk-signature=…]CRLF bytes CRLF</c>, a chunk of length 0, then trailers with checksums.
/// A store that does not know it keeps the frames as content.
/// </summary>
internal static class AwsChunked
{
    public static byte[] Undo(byte[] body, IReadOnlyDictionary<string, string> headers)
    {
        if (headers.GetValueOrDefault("x-amz-content-sha256")?.StartsWith("STREAMING-", StringComparison.Ordinal) != true) return body;
        var content = new MemoryStream();
        var position = 0;
        while (true)
        {
            var line = ReadLine(body, ref position);
            var length = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (length == 0) break;
            content.Write(body, position, length);
            position += length;
            if (ReadLine(body, ref position).Length > 0) throw new S3Exception(400, "IncompleteBody");
        }
        var whole = content.ToArray();
        if (headers.GetValueOrDefault("x-amz-decoded-content-length") != whole.Length.ToString(CultureInfo.InvariantCulture))
            throw new S3Exception(400, "IncompleteBody");
        while (position < body.Length && ReadLine(body, ref position) is { Length: > 0 } trailer) CheckTrailer(trailer, whole);
        return whole;
    }

    private static void CheckTrailer(string trailer, byte[] content)
    {
        var colon = trailer.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && trailer[..colon] == "x-amz-checksum-crc32" && trailer[(colon + 1)..].Trim() != Crc32(content))
            throw new S3Exception(400, "BadDigest");
    }

    private static string Crc32(byte[] content)
    {
        var crc = uint.MaxValue;
        foreach (var value in content)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        crc = ~crc;
        return Convert.ToBase64String([(byte)(crc >> 24), (byte)(crc >> 16), (byte)(crc >> 8), (byte)crc]);
    }

    private static string ReadLine(byte[] body, ref int position)
    {
        var end = body.AsSpan(position).IndexOf("\r\n"u8);
        if (end < 0) throw new S3Exception(400, "IncompleteBody");
        var line = Encoding.ASCII.GetString(body, position, end);
        position += end + 2;
        return line;
    }
}
