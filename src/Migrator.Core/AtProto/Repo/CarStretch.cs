using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Some whole blocks of a CAR, one after another in a buffer that is used again and again: first their frames are found, then each
/// block is hashed against its CID and judged as a record. One thread at a time.
/// </summary>
internal sealed class CarStretch
{
    /// <summary>Bytes of the buffer, unless one block is larger: small enough for a processor's cache.</summary>
    public const int Size = 512 * 1024;

    // Arrays, because code for lists of one's own structs is not there before the program runs.
    private CarFrame[] _frames = new CarFrame[2048];
    private BlockFlags[] _flags = [];
    private MstEntry[] _entries = new MstEntry[16];
    private readonly BlobNotes _notes = new();
    private int[] _noted = []; // for each block where its notes end
    private byte[] _allNotes = new byte[4096];

    public byte[] Buffer { get; private set; } = [];

    /// <summary>Its place in the order of stretches, from 0.</summary>
    public int Number { get; set; }

    /// <summary>Where the buffer stands in the run of files.</summary>
    public long Offset { get; set; }

    /// <summary>Bytes that are in the buffer.</summary>
    public int Filled { get; set; }

    /// <summary>How many blocks were found.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the frames that were found.</summary>
    public int Length => Count == 0 ? 0 : _frames[Count - 1].End;

    /// <summary>The bytes that the CID of a checked block names.</summary>
    public ReadOnlySpan<byte> DataOf(int block) => Buffer.AsSpan(_frames[block].DataStart, _frames[block].DataLength);

    public Cid CidOf(int block) => Cid.FromCheckedBinary(Buffer.AsSpan(_frames[block].CidStart, Cid.BinaryLength));

    public BlockLocation LocationOf(int block) =>
        BlockLocation.Of(Offset + _frames[block].CidStart, _frames[block].DataLength, _flags[block]);

    /// <summary>The <see cref="BlobNotes"/> of a checked record; empty where it has no blobs, or more than are taken down.</summary>
    public ReadOnlySpan<byte> NotesOf(int block)
    {
        var start = block == 0 ? 0 : _noted[block - 1];
        return _allNotes.AsSpan(start, _noted[block] - start);
    }

    /// <summary>Makes the buffer at least so large and keeps what is in it.</summary>
    public void Reserve(int length)
    {
        if (Buffer.Length >= length) return;
        var larger = GC.AllocateUninitializedArray<byte>(length);
        Buffer.AsSpan(0, Filled).CopyTo(larger);
        Buffer = larger;
    }

    /// <summary>
    /// Finds frames from the start of the buffer up to its end, to the limit, or up to a fault, which is then thrown when another
    /// stretch starts with it.
    /// </summary>
    /// <param name="limits">What a block may have.</param>
    /// <param name="mostBlocks">How many blocks there may be.</param>
    /// <returns>When nothing was found: bytes that the buffer must have for the first frame.</returns>
    /// <exception cref="RepoFaultException">The first frame is malformed or one too many.</exception>
    public int FindFrames(CarLimits limits, long mostBlocks)
    {
        Count = 0;
        var window = Buffer.AsSpan(0, Filled);
        var end = 0;
        var needed = 0;
        try
        {
            while (CarFrame.TryFind(window, end, Offset, limits.MaxBlockBytes, out var frame, out needed))
            {
                if (Count == mostBlocks)
                {
                    throw new RepoFaultException(RepoFault.CarTooManyBlocks, Offset + end, $"more than {limits.MaxBlocks}");
                }
                if (Count == _frames.Length) Array.Resize(ref _frames, Count * 2);
                _frames[Count++] = frame;
                end = frame.End;
            }
        }
        catch (RepoFaultException) when (end > 0)
        {
            return 0;
        }
        return needed;
    }

    /// <summary>Hashes and judges every block.</summary>
    /// <exception cref="RepoFaultException">The first block whose bytes are not what its CID names.</exception>
    public void Check()
    {
        if (_flags.Length < Count) (_flags, _noted) = (new BlockFlags[_frames.Length], new int[_frames.Length]);
        var noted = 0;
        for (var block = 0; block < Count; block++)
        {
            _flags[block] = Check(_frames[block]);
            if ((_flags[block] & BlockFlags.HasBlobs) != 0 && !_notes.IsTooLong) noted = AddNotes(noted);
            _noted[block] = noted;
        }
    }

    /// <summary>Notes every block, which must be checked.</summary>
    public void AddTo(BlockIndexBuilder.Writer index)
    {
        for (var block = 0; block < Count; block++)
        {
            var location = LocationOf(block);
            if ((location.Flags & (BlockFlags.IsNode | BlockFlags.HasBlobs)) != 0 && TryKeep(block, location, index.Kept))
            {
                location = new BlockLocation(location.Bits | (ulong)BlockFlags.IsKept);
            }
            index.Add(CidOf(block), location);
        }
    }

    private bool TryKeep(int block, BlockLocation location, KeptBlocks kept)
    {
        var isNode = (location.Flags & BlockFlags.IsNode) != 0;
        var content = isNode ? DataOf(block) : NotesOf(block);
        return !content.IsEmpty && kept.TryAdd(location.CidOffset, Buffer.AsSpan(_frames[block].CidStart, Cid.BinaryLength), content, isNode);
    }

    private int AddNotes(int end)
    {
        var notes = _notes.Bytes;
        if (_allNotes.Length - end < notes.Length) Array.Resize(ref _allNotes, _allNotes.Length * 2);
        notes.CopyTo(_allNotes.AsSpan(end));
        return end + notes.Length;
    }

    private BlockFlags Check(in CarFrame frame)
    {
        var data = Buffer.AsSpan(frame.DataStart, frame.DataLength);
        if (!Cid.TryReadBinary(Buffer.AsSpan(frame.CidStart, Cid.BinaryLength), out var cid))
        {
            throw new RepoFaultException(RepoFault.CarBlockCid, Offset + frame.CidStart, "not a CIDv1 (dag-cbor or raw) with sha2-256");
        }
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        BlockHash.Compute(data, digest);
        if (!cid.DigestEquals(digest)) throw new RepoFaultException(RepoFault.CarBlockHash, Offset + frame.CidStart, cid.ToString());
        return cid.Codec == CidCodec.DagCbor ? RecordCheck.Classify(data, ref _entries, _notes) : BlockFlags.None;
    }
}
