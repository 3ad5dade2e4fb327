using System.Buffers;
using System.Buffers.Text;

namespace Migrator.Core.Age;

/// <summary>
/// Takes the text form off. Every line is full but the last, each has exactly one spelling, and only blanks may stand around it;
/// anything else is a fault, found before the bytes of the line are handed on.
/// </summary>
internal sealed class ArmorReadStream(AgeSource input) : AgeStream
{
    private const int MaxLineLength = AgeLimits.MaxBlanks; // more than a line of text ever has
    private const int TextLength = 16 * 1024;

    private readonly byte[] _text = new byte[TextLength];
    private readonly byte[] _bytes = new byte[TextLength / 4 * 3];
    private Place _place = Place.Before;
    private bool _inputEnded;
    private int _taken;
    private int _filled;
    private int _blanks;
    private int _read;
    private int _decoded;

    private enum Place
    {
        Before,
        Lines,
        LastLine,
        After,
    }

    public override bool CanRead => true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty) return 0;
        while (_read == _decoded)
        {
            (_read, _decoded) = (0, 0);
            Decode();
            if (_decoded > 0) break;
            if (_inputEnded) return _place == Place.After ? 0 : throw Broken("its end line is missing");
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
        var count = Math.Min(buffer.Length, _decoded - _read);
        _bytes.AsSpan(_read, count).CopyTo(buffer.Span);
        _read += count;
        return count;
    }

    private async ValueTask FillAsync(CancellationToken cancel)
    {
        _text.AsSpan(_taken, _filled - _taken).CopyTo(_text);
        (_taken, _filled) = (0, _filled - _taken);
        var count = await input.ReadAsync(_text.AsMemory(_filled), cancel).ConfigureAwait(false);
        _filled += count;
        _inputEnded = count == 0;
    }

    /// <summary>Decodes all whole lines that are here.</summary>
    private void Decode()
    {
        while (_taken < _filled && TryTakeLine(out var line))
        {
            switch (_place)
            {
                case Place.Before or Place.After when !line.ContainsAnyExcept(Armor.Blanks):
                    if ((_blanks += line.Length + 1) > AgeLimits.MaxBlanks) throw Broken("there are too many blanks around it");
                    break;
                case Place.Before:
                    _place = line.SequenceEqual(Armor.Begin) ? Place.Lines : throw Broken("its begin line is missing");
                    break;
                case Place.After:
                    throw Broken("something stands after its end line");
                case var _ when line.SequenceEqual(Armor.End):
                    (_place, _blanks) = (Place.After, 0);
                    break;
                case Place.Lines:
                    DecodeLine(line);
                    break;
                default:
                    throw Broken("a line that is not the last is not full");
            }
        }
    }

    private bool TryTakeLine(out ReadOnlySpan<byte> line)
    {
        line = _text.AsSpan(_taken, _filled - _taken);
        var end = line.IndexOf((byte)'\n');
        if ((end < 0 ? line.Length : end) > MaxLineLength) throw Broken("a line is too long");
        if (end < 0 && !_inputEnded) return false;
        _taken += end < 0 ? line.Length : end + 1;
        if (end < 0) return true;
        line = line[..end];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        return true;
    }

    private void DecodeLine(ReadOnlySpan<byte> line)
    {
        if (line.Length is 0 or > Armor.Columns || line.ContainsAny(Armor.Blanks)) throw Broken("a line is no base64 of the right length");
        var into = _bytes.AsSpan(_decoded);
        if (Base64.DecodeFromUtf8(line, into, out _, out var length) != OperationStatus.Done) throw Broken("a line is no base64");
        if (line.Length < Armor.Columns || line[^1] == '=')
        {
            _place = Place.LastLine;
            Span<byte> again = stackalloc byte[Armor.Columns];
            Base64.EncodeToUtf8(into[..length], again, out _, out var written);
            if (!again[..written].SequenceEqual(line)) throw Broken("its last line has two spellings");
        }
        _decoded += length;
    }

    private static AgeFaultException Broken(string how) => new(AgeFault.Armor, how);
}
