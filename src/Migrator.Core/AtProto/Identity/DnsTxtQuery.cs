using System.Buffers.Binary;

namespace Migrator.Core.AtProto.Identity;

/// <summary>
/// Writes a DNS question for TXT records and reads the answer (RFC 1035, sections 3 and 4), as DNS over HTTPS carries them.
/// </summary>
internal static class DnsTxtQuery
{
    private const int HeaderLength = 12;
    private const int TypeTxt = 16;
    private const int ClassInternet = 1;
    private const int MaxAnswers = 256;
    private const int NameError = 3;

    /// <summary>The question; the id is 0, so that equal questions are equal bytes and caches can help.</summary>
    public static byte[] Write(string name)
    {
        var message = new List<byte>(HeaderLength + name.Length + 6) { 0, 0, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0 };
        foreach (var label in name.Split('.'))
        {
            message.Add(checked((byte)label.Length));
            message.AddRange(System.Text.Encoding.ASCII.GetBytes(label));
        }
        message.AddRange([0, 0, TypeTxt, 0, ClassInternet]);
        return [.. message];
    }

    /// <summary>
    /// The texts of all TXT records in an answer, each with its pieces joined; none when the name does not exist. False when the bytes are
    /// no answer, or the server reports a failure of its own.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out List<string> texts)
    {
        texts = [];
        if (message.Length < HeaderLength || (message[2] & 0x80) == 0) return false;
        var code = message[3] & 0x0F;
        if (code == NameError) return true;
        if (code != 0) return false;
        var questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        var answers = BinaryPrimitives.ReadUInt16BigEndian(message[6..]);
        if (answers > MaxAnswers) return false;
        var at = HeaderLength;
        for (var i = 0; i < questions; i++)
        {
            if (!TrySkipName(message, ref at) || (at += 4) > message.Length) return false;
        }
        for (var i = 0; i < answers; i++)
        {
            if (!TryReadRecord(message, ref at, texts)) return false;
        }
        return true;
    }

    private static bool TryReadRecord(ReadOnlySpan<byte> message, ref int at, List<string> texts)
    {
        if (!TrySkipName(message, ref at) || at + 10 > message.Length) return false;
        var type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        var kind = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
        var length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
        at += 10;
        if (at + length > message.Length) return false;
        var data = message.Slice(at, length);
        at += length;
        return type != TypeTxt || kind != ClassInternet || TryReadText(data, texts);
    }

    private static bool TryReadText(ReadOnlySpan<byte> data, List<string> texts)
    {
        var joined = new System.Text.StringBuilder(data.Length);
        while (data.Length > 0)
        {
            int piece = data[0];
            if (piece >= data.Length) return false;
            joined.Append(System.Text.Encoding.Latin1.GetString(data.Slice(1, piece)));
            data = data[(1 + piece)..];
        }
        texts.Add(joined.ToString());
        return true;
    }

    // Where a name ends is all that matters here, so a pointer is stepped over and never followed.
    private static bool TrySkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (at < message.Length)
        {
            int length = message[at];
            if (length == 0)
            {
                at++;
                return true;
            }
            if ((length & 0xC0) == 0xC0)
            {
                at += 2;
                return at <= message.Length;
            }
            if ((length & 0xC0) != 0) return false;
            at += 1 + length;
        }
        return false;
    }
}
