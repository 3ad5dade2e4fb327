namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Compares the records of two repositories by their trees. Equal subtrees have equal CIDs and are passed over unread, so the work
/// follows the number of differences, not of records.
/// </summary>
public static class RepoDiff
{
    /// <exception cref="DagCbor.RepoFaultException">A file was changed since it was verified.</exception>
    public static RepoDifference Compare(VerifiedRepo first, VerifiedRepo second)
    {
        if (first.Commit.Data == second.Commit.Data) return new RepoDifference([], [], [], 0);
        return new Comparison(first.OpenCursor(), second.OpenCursor()).Run();
    }

    /// <summary>The comparison of two cursors; apart from <see cref="Compare"/> so that any two trees can be compared.</summary>
    internal sealed class Comparison(MstCursor a, MstCursor b)
    {
        private readonly List<RepoRecord> _missing = [];
        private readonly List<RepoRecord> _extra = [];
        private readonly List<RecordChange> _changed = [];
        private readonly byte[] _keyAfter = new byte[MstKey.MaxLength];

        public RepoDifference Run()
        {
            while (a.Item != MstItem.End || b.Item != MstItem.End)
            {
                if (a.Item == MstItem.Subtree && b.Item == MstItem.Subtree) TwoSubtrees();
                else if (a.Item == MstItem.Subtree) SubtreeAndOther(a, b, _extra);
                else if (b.Item == MstItem.Subtree) SubtreeAndOther(b, a, _missing);
                else TwoRecords();
            }
            return new RepoDifference(_missing, _extra, _changed, a.NodesRead + b.NodesRead);
        }

        private void TwoSubtrees()
        {
            if (a.Cid == b.Cid)
            {
                a.Advance();
                b.Advance();
                return;
            }
            if (LiesBefore(a, b)) a.Enter();
            else if (LiesBefore(b, a)) b.Enter();
            else EnterTaller();
        }

        private void EnterTaller()
        {
            // The taller one is taken apart until both are of one height: only then can they, or their children, be equal.
            var difference = a.Layer - b.Layer;
            if (difference >= 0) a.Enter();
            if (difference <= 0) b.Enter();
        }

        /// <summary>
        /// The subtree ends before the other cursor's place, so nothing there can equal it, or any part of it.
        /// </summary>
        private bool LiesBefore(MstCursor subtree, MstCursor other)
        {
            subtree.PeekKeyAfterSubtree(_keyAfter, out var length);
            return length > 0 && other.LastKey.SequenceCompareTo(_keyAfter.AsSpan(0, length)) >= 0;
        }

        /// <summary>One side is at a subtree, the other at a record or at its end.</summary>
        private void SubtreeAndOther(MstCursor subtree, MstCursor other, List<RepoRecord> onlyInOther)
        {
            // A record that lies before the whole subtree cannot be in it: no need to look inside.
            if (other.Item == MstItem.Record && other.Key.SequenceCompareTo(subtree.LastKey) <= 0) Take(other, onlyInOther);
            else subtree.Enter();
        }

        private void TwoRecords()
        {
            var order = a.Item == MstItem.End ? 1 : b.Item == MstItem.End ? -1 : a.Key.SequenceCompareTo(b.Key);
            if (order < 0)
            {
                Take(a, _missing);
            }
            else if (order > 0)
            {
                Take(b, _extra);
            }
            else
            {
                if (a.Cid != b.Cid) _changed.Add(new RecordChange(a.KeyText(), a.Cid, b.Cid));
                a.Advance();
                b.Advance();
            }
        }

        private static void Take(MstCursor cursor, List<RepoRecord> list)
        {
            list.Add(new RepoRecord(cursor.KeyText(), cursor.Cid));
            cursor.Advance();
        }
    }
}
