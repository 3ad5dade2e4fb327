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
            var type = reader.Peek();
            if (type is DagCborType.Map or DagCborType.Array)
            {
                if (depth == DagCborLimits.MaxDepth) reader.Fail(RepoFault.CborDepth, start, $"more than {DagCborLimits.MaxDepth} levels");
                open[depth++] = Enter(ref reader, ref visitor, type);
            }
            else
            {
                Scalar(ref reader, ref visitor, type);
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

    private static Level Enter<TVisitor>(ref DagCborReader reader, ref TVisitor visitor, DagCborType type)
        where TVisitor : struct, IDagCborVisitor
    {
        var isMap = type == DagCborType.Map;
        var count = isMap ? reader.ReadMapLength() : reader.ReadArray();
        if (isMap) visitor.MapStart(count);
        else visitor.ArrayStart(count);
        return new Level { Remaining = count, IsMap = isMap, KeyStart = -1 };
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

    private static void Scalar<TVisitor>(ref DagCborReader reader, ref TVisitor visitor, DagCborType type)
        where TVisitor : struct, IDagCborVisitor
    {
        switch (type)
        {
            case DagCborType.Text:
                visitor.Text(reader.ReadTextUtf8());
                break;
            case DagCborType.Integer:
                visitor.Integer(reader.ReadInteger());
                break;
            case DagCborType.Link:
                var start = reader.Position;
                var cid = reader.ReadLinkBinary();
                if (!Cid.TryReadBinary(cid, out _)) reader.Fail(RepoFault.CborLink, start, "not a CIDv1 with sha2-256");
                visitor.Link(cid);
                break;
            case DagCborType.Bytes:
                visitor.Bytes(reader.ReadBytes());
                break;
            case DagCborType.Boolean:
                visitor.Boolean(reader.ReadBoolean());
                break;
            default:
                reader.ReadNull();
                visitor.Null();
                break;
        }
    }

    private struct Level
    {
        public int Remaining;
        public int KeyStart;
        public int KeyLength;
        public bool IsMap;
    }
}
