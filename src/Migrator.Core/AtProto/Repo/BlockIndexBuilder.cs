using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Collects blocks while files are scanned, by several writers at once, and makes the index of them when their number is known.
/// </summary>
/// <remarks>
/// Pairs are first only noted, sorted into shards. The tables are then made shard by shard, each of the right size at once, and the
/// pages that a shard's notes took become the tables of the shards after it: nothing is thrown away, so the peak is the notes.
/// </remarks>
internal sealed class BlockIndexBuilder
{
    private const int Shards = 1 << BlockIndex.ShardBits;
    private const int PageSize = BlockIndex.Table.PageSize;

    private readonly CidTagger _tagger = new();
    private readonly List<Notes>[] _notes = new List<Notes>[Shards];

    private readonly Lazy<KeptBlocks> _kept;

    /// <param name="filesBytes">About how many bytes the files have together.</param>
    public BlockIndexBuilder(long filesBytes = KeptBlocks.MaxBytes)
    {
        _kept = new Lazy<KeptBlocks>(() => new KeptBlocks(filesBytes));
        for (var i = 0; i < Shards; i++) _notes[i] = [];
    }

    /// <summary>Copies of blocks that are looked at again.</summary>
    public KeptBlocks Kept => _kept.Value;

    /// <summary>A writer for one thread.</summary>
    public Writer OpenWriter() => new(this);

    /// <summary>Makes the index; all writers must be closed, and the builder is empty afterwards.</summary>
    /// <param name="workers">How many threads may share the work.</param>
    public BlockIndex Build(int workers)
    {
        var free = new Stack<ulong[]>();
        var tables = new BlockIndex.Table[Shards];
        var next = -1;
        WorkerThreads.Run(workers, BuildTables);
        return new BlockIndex(_tagger, tables);

        void BuildTables()
        {
            for (int shard; (shard = Interlocked.Increment(ref next)) < Shards;) tables[shard] = BuildTable(shard, free);
        }
    }

    private BlockIndex.Table BuildTable(int shard, Stack<ulong[]> free)
    {
        var pairs = 0;
        foreach (var notes in _notes[shard]) pairs += notes.Count;
        // One pair more than there is, so that a place is always free.
        var pages = new ulong[(int)(pairs * 5L / 4 / PageSize) + 1][];
        lock (free)
        {
            for (var i = 0; i < pages.Length && free.Count > 0; i++) pages[i] = free.Pop();
        }
        for (var i = 0; i < pages.Length; i++) pages[i] ??= NewPage();
        var table = new BlockIndex.Table(pages);
        foreach (var notes in _notes[shard])
        {
            for (var at = 0; at < notes.Count * 2; at += 2) table.Add(notes.Page[at], notes.Page[at + 1]);
            Array.Clear(notes.Page);
            lock (free) free.Push(notes.Page);
        }
        _notes[shard] = [];
        return table;
    }

    /// <summary>Pages live long and are many: on the pinned heap they are neither moved nor counted against the youngest generation.</summary>
    private static ulong[] NewPage() => GC.AllocateArray<ulong>(PageSize * 2, pinned: true);

    private void Hand(int shard, ulong[] page, int count)
    {
        lock (_notes) _notes[shard].Add(new Notes(page, count));
    }

    /// <summary>Notes blocks on behalf of one thread.</summary>
    internal sealed class Writer(BlockIndexBuilder owner)
    {
        private readonly ulong[]?[] _pages = new ulong[Shards][];
        private readonly int[] _counts = new int[Shards];

        public KeptBlocks Kept => owner.Kept;

        public void Add(in Cid cid, BlockLocation location)
        {
            var tag = owner._tagger.Tag(cid);
            var shard = (int)(tag >> (64 - BlockIndex.ShardBits));
            var page = _pages[shard] ??= NewPage();
            var at = _counts[shard]++;
            page[at * 2] = tag;
            page[at * 2 + 1] = location.Bits;
            if (at + 1 == PageSize) Flush(shard);
        }

        /// <summary>Hands over what is noted; the writer must not be used again.</summary>
        public void Close()
        {
            for (var shard = 0; shard < Shards; shard++) Flush(shard);
        }

        private void Flush(int shard)
        {
            if (_pages[shard] is { } page) owner.Hand(shard, page, _counts[shard]);
            _pages[shard] = null;
            _counts[shard] = 0;
        }
    }

    /// <summary>Pairs of one shard. A class, as are other things in lists here: code for lists of structs is not there before the program runs.</summary>
    private sealed record Notes(ulong[] Page, int Count);
}
