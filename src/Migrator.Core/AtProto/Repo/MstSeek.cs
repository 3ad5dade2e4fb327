namespace Migrator.Core.AtProto.Repo;

/// <summary>Goes to a place in a tree without reading what lies before it.</summary>
internal static class MstSeek
{
    /// <summary>
    /// Stands at the first record whose path is not smaller than a text, or at the end. Of a tree of a million records it reads the few nodes
    /// on the way down.
    /// </summary>
    /// <param name="cursor">At the beginning, or anywhere before the place.</param>
    /// <param name="path">Any bytes; need not be a path that is there.</param>
    /// <returns>False at the end of the tree.</returns>
    public static bool MoveToRecordFrom(this MstCursor cursor, ReadOnlySpan<byte> path)
    {
        Span<byte> next = stackalloc byte[MstKey.MaxLength];
        while (cursor.Item != MstItem.End)
        {
            if (cursor.Item == MstItem.Record)
            {
                if (cursor.Key.SequenceCompareTo(path) >= 0) return true;
                cursor.Advance();
                continue;
            }
            // All keys of a subtree are smaller than the key that comes after it.
            cursor.PeekKeyAfterSubtree(next, out var length);
            if (length > 0 && next[..length].SequenceCompareTo(path) <= 0) cursor.Advance();
            else cursor.Enter();
        }
        return false;
    }
}
