using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// A repository on disk of which everything was checked, and from which records can be read.
/// </summary>
/// <remarks>
/// Holds the CAR files open and reads from them; records are never all in memory. The files must not be changed while it lives:
/// what is read again is compared, and <see cref="RepoFault.FileChanged"/> tells. Reading is safe from many threads;
/// <see cref="WriteFullCar"/> may run once at a time.
/// </remarks>
public sealed class VerifiedRepo : VerifiedSummary, IDisposable
{
    private readonly BlockStore _store;
    private readonly RepoLimits _limits;

    internal VerifiedRepo(BlockStore store, RepoLimits limits, VerifiedCommit commit, TreeCheck tree)
        : base(commit, tree.Records, tree.Blocks, tree.Bytes, store.Index.Count - tree.Blocks, tree.CountByCollection(), tree.Blobs)
    {
        _store = store;
        _limits = limits;
    }

    /// <summary>All records, ordered by the bytes of their paths.</summary>
    /// <exception cref="RepoFaultException">The files were changed meanwhile.</exception>
    public IEnumerable<RepoRecord> EnumerateRecords()
    {
        for (var cursor = OpenCursor(); cursor.MoveToRecord(); cursor.Advance())
        {
            yield return new RepoRecord(cursor.KeyText(), cursor.Cid);
        }
    }

    /// <summary>The records from a path on, ordered by the bytes of their paths. What lies before it is not read.</summary>
    /// <param name="path">The first one, or any text that the first one does not precede; a collection and a slash begin that collection.</param>
    /// <exception cref="RepoFaultException">The files were changed meanwhile.</exception>
    public IEnumerable<RepoRecord> EnumerateRecordsFrom(string path)
    {
        var cursor = OpenCursor();
        for (var found = cursor.MoveToRecordFrom(System.Text.Encoding.UTF8.GetBytes(path)); found; found = cursor.MoveToRecord())
        {
            yield return new RepoRecord(cursor.KeyText(), cursor.Cid);
            cursor.Advance();
        }
    }

    /// <summary>
    /// All records, ordered by the bytes of their paths, without an object for each: for work on millions of them.
    /// </summary>
    /// <exception cref="RepoFaultException">The files were changed meanwhile.</exception>
    public void VisitRecords(RecordVisitor visitor)
    {
        for (var cursor = OpenCursor(); cursor.MoveToRecord(); cursor.Advance()) visitor(cursor.Key, cursor.Cid);
    }

    /// <summary>The bytes of one record, DAG-CBOR, exactly as its CID names them.</summary>
    /// <exception cref="KeyNotFoundException">No block has this CID.</exception>
    /// <exception cref="RepoFaultException">The files were changed meanwhile.</exception>
    public byte[] ReadRecord(Cid cid)
    {
        if (!_store.Index.TryFind(cid, out var location)) throw new KeyNotFoundException($"The repository has no block {cid}.");
        var buffer = new byte[Cid.BinaryLength + location.DataLength];
        return _store.ReadHashed(cid, location, ref buffer).ToArray();
    }

    /// <summary>
    /// Writes one CAR with exactly the blocks that belong to the repository, each once: the commit, then the tree in key order
    /// with each record where it is first named. Every block is hashed again on its way out.
    /// </summary>
    /// <exception cref="RepoFaultException">The files were changed meanwhile; what was written is incomplete.</exception>
    public void WriteFullCar(Stream destination, CancellationToken cancel = default) =>
        new FullCarWriter(_store, _limits).Write(this, destination, cancel);

    public void Dispose() => _store.Dispose();

    internal MstCursor OpenCursor()
    {
        var cursor = new MstCursor(_store, _limits.MaxTreeHeight, isVerified: true);
        cursor.StartAtRoot(Commit.Data);
        return cursor;
    }
}
