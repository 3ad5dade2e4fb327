using System.Buffers;
using System.Buffers.Text;

namespace Migrator.Core.Age;

/// <summary>The base64 of age headers: standard alphabet, no padding, one text for each value (RFC 4648, section 3.5).</summary>
internal static class UnpaddedBase64
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = [];
        if (text.ContainsAnyExcept(Alphabet) || text.Length % 4 == 1) return false;
        var padded = new byte[(text.Length + 3) / 4 * 4];
        text.CopyTo(padded);
        padded.AsSpan(text.Length).Fill((byte)'=');
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(padded.Length)];
        if (Base64.DecodeFromUtf8(padded, decoded, out _, out var length) != OperationStatus.Done) return false;
        decoded = decoded[..length];
        // Bits beyond the last byte must be zero: writing the value again shows it.
        Base64.EncodeToUtf8(decoded, padded, out _, out _);
        if (!padded.AsSpan(0, text.Length).SequenceEqual(text)) return false;
        bytes = decoded;
        return true;
    }
}
