using System.Text;

namespace Migrator.Core.Age;

/// <summary>Reads a header by the letter: what could be written in two ways is refused.</summary>
internal static class AgeHeaderReader
{
    private const int Columns = 64;
    private const int MacLength = 32;

    /// <exception cref="AgeFaultException">Not a header that may be read.</exception>
    public static async Task<AgeHeader> ReadAsync(AgeSource source, CancellationToken cancel)
    {
        var version = await source.TakeLineAsync(cancel).ConfigureAwait(false);
        if (!Is(version.Span, AgeHeader.VersionLine)) throw Broken("it does not begin as an age file of version 1 does");

        var stanzas = new List<AgeStanza>();
        while (true)
        {
            var before = source.Lines.Length;
            var line = await source.TakeLineAsync(cancel).ConfigureAwait(false);
            if (line.Span.StartsWith("---"u8))
            {
                if (stanzas.Count == 0) throw Broken("it has no recipient");
                return new AgeHeader(stanzas, ReadMac(line.Span), source.Lines[..(before + AgeHeader.MacPrefix.Length)].ToArray());
            }
            if (stanzas.Count == AgeLimits.MaxStanzas) throw Broken($"it has more than {AgeLimits.MaxStanzas} recipients");
            var arguments = ReadArguments(line.Span);
            stanzas.Add(new AgeStanza(arguments, await ReadBodyAsync(source, cancel).ConfigureAwait(false)));
        }
    }

    private static List<string> ReadArguments(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("-> "u8)) throw Broken("a stanza does not begin as one does");
        var arguments = new List<string>();
        var rest = line[3..];
        foreach (var range in rest.Split((byte)' '))
        {
            var argument = rest[range];
            if (argument.IsEmpty || argument.ContainsAnyExceptInRange((byte)0x21, (byte)0x7e)) throw Broken("a stanza has a bad argument");
            arguments.Add(Encoding.ASCII.GetString(argument));
        }
        return arguments;
    }

    private static async ValueTask<byte[]> ReadBodyAsync(AgeSource source, CancellationToken cancel)
    {
        var start = source.Lines.Length;
        while (true)
        {
            var line = await source.TakeLineAsync(cancel).ConfigureAwait(false);
            if (line.Length > Columns) throw Broken("a line is too long");
            if (line.Length == Columns) continue;
            return DecodeBody(source.Lines[start..]);
        }
    }

    private static byte[] DecodeBody(ReadOnlySpan<byte> lines)
    {
        // All lines but the last are full, so the line feeds stand where they must.
        var text = new byte[lines.Length];
        var length = 0;
        foreach (var range in lines.Split((byte)'\n'))
        {
            lines[range].CopyTo(text.AsSpan(length));
            length += lines[range].Length;
        }
        return UnpaddedBase64.TryDecode(text.AsSpan(0, length), out var body)
            ? body
            : throw Broken("the body of a stanza is not plain base64");
    }

    private static byte[] ReadMac(ReadOnlySpan<byte> line)
    {
        return line.StartsWith("--- "u8) && UnpaddedBase64.TryDecode(line[4..], out var mac) && mac.Length == MacLength
            ? mac
            : throw Broken("its last line is not an authentication code");
    }

    private static bool Is(ReadOnlySpan<byte> line, string text) => Ascii.Equals(line, text);

    private static AgeFaultException Broken(string how) => new(AgeFault.Header, how);
}
