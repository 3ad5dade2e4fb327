namespace Migrator.Core.AtProto.Encoding;

/// <summary>
/// Text that names its own base with its first character. AT Protocol keys use only base58btc, first character <c>z</c>
/// (CIDs use base32 and have their own parser).
/// </summary>
public static class Multibase
{
    private const char Base58BtcPrefix = 'z';

    public static string EncodeBase58Btc(ReadOnlySpan<byte> bytes) => Base58BtcPrefix + Base58Btc.Encode(bytes);

    /// <summary>False when the text is not base58btc, is empty after its prefix, or is longer than any key.</summary>
    public static bool TryDecodeBase58Btc(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        return text.Length > 1 && text[0] == Base58BtcPrefix && Base58Btc.TryDecode(text[1..], out bytes);
    }
}
