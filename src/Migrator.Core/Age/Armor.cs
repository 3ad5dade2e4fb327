namespace Migrator.Core.Age;

/// <summary>The text form: strict PEM, without header lines (RFC 7468).</summary>
internal static class Armor
{
    public const int Columns = 64;

    /// <summary>Bytes in a full line.</summary>
    public const int BytesPerLine = Columns / 4 * 3;

    public static ReadOnlySpan<byte> Begin => "-----BEGIN AGE ENCRYPTED FILE-----"u8;

    public static ReadOnlySpan<byte> End => "-----END AGE ENCRYPTED FILE-----"u8;

    public static ReadOnlySpan<byte> Blanks => " \t\r\n"u8;

    /// <summary>Can a file that begins with this byte be in the text form? A binary one begins with a letter.</summary>
    public static bool MayBegin(int first) => first == '-' || Blanks.Contains((byte)first);
}
