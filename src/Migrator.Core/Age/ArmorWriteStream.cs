using System.Buffers.Text;

namespace Migrator.Core.Age;

/// <summary>Writes the text form. Nothing is whole before <see cref="CompleteAsync"/>.</summary>
internal sealed class ArmorWriteStream(Stream output) : AgeStream
{
    private const int LinesAtOnce = 256;

    private readonly byte[] _rest = new byte[Armor.BytesPerLine];
    private readonly byte[] _text = new byte[LinesAtOnce * (Armor.Columns + 1)];
    private int _restLength;
    private bool _begun;

    public override bool CanWrite => true;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        if (_restLength > 0)
        {
            var count = Math.Min(buffer.Length, _rest.Length - _restLength);
            buffer.Span[..count].CopyTo(_rest.AsSpan(_restLength));
            (_restLength, buffer) = (_restLength + count, buffer[count..]);
            if (_restLength < _rest.Length) return;
            _restLength = 0;
            await WriteLinesAsync(_rest, cancellationToken).ConfigureAwait(false);
        }
        while (buffer.Length >= Armor.BytesPerLine)
        {
            var count = Math.Min(buffer.Length / Armor.BytesPerLine, LinesAtOnce) * Armor.BytesPerLine;
            await WriteLinesAsync(buffer[..count], cancellationToken).ConfigureAwait(false);
            buffer = buffer[count..];
        }
        buffer.Span.CopyTo(_rest);
        _restLength = buffer.Length;
    }

    /// <summary>Writes the last line and the end line.</summary>
    public async Task CompleteAsync(CancellationToken cancel)
    {
        await BeginAsync(cancel).ConfigureAwait(false);
        if (_restLength > 0) await WriteLinesAsync(_rest.AsMemory(0, _restLength), cancel).ConfigureAwait(false);
        await output.WriteAsync((byte[])[.. Armor.End, (byte)'\n'], cancel).ConfigureAwait(false);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    private async ValueTask BeginAsync(CancellationToken cancel)
    {
        if (_begun) return;
        _begun = true;
        await output.WriteAsync((byte[])[.. Armor.Begin, (byte)'\n'], cancel).ConfigureAwait(false);
    }

    private ValueTask WriteLinesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        var length = 0;
        for (var rest = bytes.Span; rest.Length > 0; rest = rest[Math.Min(rest.Length, Armor.BytesPerLine)..])
        {
            Base64.EncodeToUtf8(rest[..Math.Min(rest.Length, Armor.BytesPerLine)], _text.AsSpan(length), out _, out var written);
            length += written;
            _text[length++] = (byte)'\n';
        }
        return output.WriteAsync(_text.AsMemory(0, length), cancel);
    }
}
