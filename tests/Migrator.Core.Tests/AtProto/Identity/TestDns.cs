using System.Buffers.Binary;

namespace Migrator.Core.Tests.AtProto.Identity;

/// <summary>Builds DNS answers to a question about <c>_atproto.x.example</c>.</summary>
internal static class TestDns
{
    private static readonly byte[] Name = [8, .. "_atproto"u8, 1, .. "x"u8, 7, .. "example"u8, 0];

    public static byte[] Answer(params byte[][] records)
    {
        byte[] header = [0, 0, 0x81, 0x80, 0, 1, 0, (byte)records.Length, 0, 0, 0, 0];
        return [.. header, .. Name, 0, 16, 0, 1, .. records.SelectMany(record => record)];
    }

    public static byte[] Failure(int code) => [0, 0, 0x81, (byte)(0x80 | code), 0, 1, 0, 0, 0, 0, 0, 0, .. Name, 0, 16, 0, 1];

    public static byte[] Txt(params string[] pieces) =>
        Record(16, [.. pieces.SelectMany(piece => (byte[])[(byte)piece.Length, .. System.Text.Encoding.ASCII.GetBytes(piece)])]);

    /// <summary>A record whose name is a pointer to the question's, as servers write them.</summary>
    public static byte[] Record(byte type, byte[] data)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)data.Length);
        return [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, .. length, .. data];
    }
}
