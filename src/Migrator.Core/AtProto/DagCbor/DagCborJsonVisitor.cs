using System.Buffers.Text;
using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.DagCbor;

/// <summary>Turns the values of a walk into JSON.</summary>
internal readonly struct DagCborJsonVisitor(Utf8JsonWriter writer) : IDagCborVisitor
{
    public void MapStart(int count) => writer.WriteStartObject();

    public void ArrayStart(int count) => writer.WriteStartArray();

    public void MapEnd() => writer.WriteEndObject();

    public void ArrayEnd() => writer.WriteEndArray();

    public void Key(ReadOnlySpan<byte> utf8) => writer.WritePropertyName(utf8);

    public void Text(ReadOnlySpan<byte> utf8) => writer.WriteStringValue(utf8);

    public void Integer(long value) => writer.WriteNumberValue(value);

    public void Boolean(bool value) => writer.WriteBooleanValue(value);

    public void Null() => writer.WriteNullValue();

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        Base64.EncodeToUtf8(bytes, text, out _, out var written);
        writer.WriteStartObject();
        writer.WriteString("$bytes"u8, text.AsSpan(0, written).TrimEnd((byte)'='));
        writer.WriteEndObject();
    }

    public void Link(ReadOnlySpan<byte> cid)
    {
        writer.WriteStartObject();
        writer.WriteString("$link"u8, Cid.FromBinary(cid).ToString());
        writer.WriteEndObject();
    }
}
