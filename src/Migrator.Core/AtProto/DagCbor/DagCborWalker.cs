using System.Runtime.CompilerServices;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.DagCbor;

/// <summary>
/// Goes through one value of any depth without recursion, holds every part of it to the rules of <see cref="DagCborReader"/>
/// and tells a visitor what is there. Skipping, the JSON view and the search for blob references are visitors of this one walk.
/// </summary>
internal static class DagCborWalker
{
    [SkipLocalsInit]
    public static void Walk<TVisitor>(ref DagCborReader reader, ref TVisitor visitor)
        where TVisitor : struct, IDagCborVisitor
    {
        Span<Level> open = stackalloc Level[DagCborLimits.MaxDepth];
        var depth = 0;
        while (true)
        {
            var start = reader.Position;
            var value = reader.ReadAnyHead(out var major);
            if (major is 4 or 5)
            {
                if (depth == DagCborLimits.MaxDepth) reader.Fail(RepoFault.CborDepth, start, $"more than {DagCborLimits.MaxDepth} levels");
                var isMap = major == 5;
                var count = reader.CheckCount(value, isMap ? DagCborReader.BytesPerField : DagCborReader.BytesPerElement, start);
                if (isMap) visitor.MapStart(count);
                else visitor.ArrayStart(count);
                open[depth++] = new Level { Remaining = count, IsMap = isMap, KeyStart = -1 };
            }
            else
            {
                Scalar(ref reader, ref visitor, major, value, start);
            }

            while (depth > 0 && open[depth - 1].Remaining == 0)
            {
                if (open[--depth].IsMap) visitor.MapEnd();
                else visitor.ArrayEnd();
            }
            if (depth == 0) return;
            ref var level = ref open[depth - 1];
            level.Remaining--;
            if (level.IsMap) NextKey(ref reader, ref visitor, ref level);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scalar<TVisitor>(ref DagCborReader reader, ref TVisitor visitor, int major, ulong value, int start)
        where TVisitor : struct, IDagCborVisitor
    {
        switch (major)
        {
            case 3:
                var text = reader.TakeContent(value, start);
                reader.CheckUtf8(text, start);
                visitor.Text(text);
                break;
            case 0 or 1:
                visitor.Integer(reader.CheckInteger(major, value, start));
                break;
            case 6:
                var cid = reader.TakeLinkContent(value, start);
                if (!Cid.TryReadBinary(cid, out _)) reader.Fail(RepoFault.CborLink, start, "not a CIDv1 with sha2-256");
                visitor.Link(cid);
                break;
            case 2:
                visitor.Bytes(reader.TakeContent(value, start));
                break;
            default:
                if (value == 0xf6) visitor.Null();
                else visitor.Boolean(value == 0xf5);
                break;
        }
    }

    private static void NextKey<TVisitor>(ref DagCborReader reader, ref TVisitor visitor, ref Level level)
        where TVisitor : struct, IDagCborVisitor
    {
        var position = reader.Position;
        var key = reader.ReadKey();
        if (level.KeyStart >= 0)
        {
            DagCborMapCursor.CheckOrder(ref reader, reader.Slice(level.KeyStart, level.KeyLength), key, position);
        }
        level.KeyStart = reader.Position - key.Length;
        level.KeyLength = key.Length;
        visitor.Key(key);
    }

    private struct Level
    {
        public int Remaining;
        public int KeyStart;
        public int KeyLength;
        public bool IsMap;
    }
}
