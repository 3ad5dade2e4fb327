using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Reads the CAR files of a repository and believes nothing: the way from bytes to a <see cref="VerifiedRepo"/>.
/// </summary>
/// <remarks>
/// Block order, duplicate blocks and blocks that belong to nothing do not matter; everything else must be right. What is checked,
/// and by which test each check is held, stands in <c>docs/design/repo-checks.md</c>. Memory is an index of about 24 bytes a block,
/// the list of blobs, and fixed buffers; for a summary of blocks that come in the order of the tree there is no index.
/// </remarks>
public static partial class RepoVerifier
{
    private const int MaxWorkers = 4;

    private static int Workers => Math.Clamp(Environment.ProcessorCount, 1, MaxWorkers);

    /// <param name="carFiles">One full export, then exports <c>since</c> it in order. The root of the last file is the commit.</param>
    /// <param name="expectation">Whose repository it must be.</param>
    /// <param name="limits">What it may cost; <see cref="RepoLimits.Default"/> when null.</param>
    /// <param name="progress">Told about every half megabyte or so.</param>
    /// <param name="cancel">Stops the work within milliseconds.</param>
    /// <returns>The repository, which holds the files open until it is disposed.</returns>
    /// <exception cref="RepoFaultException">The first thing that is wrong.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Task<VerifiedRepo> VerifyFilesAsync(
        IReadOnlyList<string> carFiles,
        RepoExpectation expectation,
        RepoLimits? limits = null,
        IProgress<RepoProgress>? progress = null,
        CancellationToken cancel = default) =>
        VerifyAndListAsync(carFiles, expectation, listener: null, limits, progress, cancel);

    /// <summary>
    /// As <see cref="VerifyFilesAsync"/>, and every record is told on the way, which costs much less than a walk of its own.
    /// </summary>
    /// <param name="listener">
    /// Is told about every record in path order, while the tree is walked: what it heard is true only once this method has returned.
    /// </param>
    /// <inheritdoc cref="VerifyFilesAsync"/>
    public static Task<VerifiedRepo> VerifyAndListAsync(
        IReadOnlyList<string> carFiles,
        RepoExpectation expectation,
        RecordVisitor? listener,
        RepoLimits? limits = null,
        IProgress<RepoProgress>? progress = null,
        CancellationToken cancel = default) =>
        RunAsync(carFiles, expectation, Hold, listener, limits, progress, cancel);

    /// <summary>
    /// For a file whose key is not at hand: checks everything that <see cref="VerifyFilesAsync"/> does but the signature. What comes
    /// out is numbers only, and no <see cref="VerifiedRepo"/>, because anyone could have made such a file.
    /// </summary>
    /// <inheritdoc cref="VerifyAndListAsync"/>
    /// <returns>What the files say.</returns>
    public static Task<RepoInspection> InspectFilesAsync(
        IReadOnlyList<string> carFiles,
        RecordVisitor? listener = null,
        RepoLimits? limits = null,
        IProgress<RepoProgress>? progress = null,
        CancellationToken cancel = default) =>
        RunAsync(carFiles, null, Count, listener, limits, progress, cancel);

    private static VerifiedRepo Hold(BlockStore store, RepoLimits limits, Head head, TreeCheck tree) => new(store, limits, head.Verified!, tree);

    private static RepoInspection Count(BlockStore store, RepoLimits limits, Head head, TreeCheck tree)
    {
        using (store)
        {
            return new RepoInspection(
                head.Cid, head.Did, head.Rev, head.Data, tree.Records, tree.Blocks, tree.Bytes, store.Index.Count - tree.Blocks,
                tree.CountByCollection(), tree.Blobs);
        }
    }

    /// <param name="expectation">Null: whose repository it is and who signed it is not asked.</param>
    private static Task<T> RunAsync<T>(
        IReadOnlyList<string> carFiles,
        RepoExpectation? expectation,
        Func<BlockStore, RepoLimits, Head, TreeCheck, T> finish,
        RecordVisitor? listener,
        RepoLimits? limits,
        IProgress<RepoProgress>? progress,
        CancellationToken cancel)
    {
        if (carFiles.Count == 0) throw new ArgumentException("There is no file.", nameof(carFiles));
        return Task.Run(() => Run(carFiles, expectation, finish, listener, limits ?? RepoLimits.Default, progress, cancel), cancel);
    }

    private static T Run<T>(
        IReadOnlyList<string> carFiles,
        RepoExpectation? expectation,
        Func<BlockStore, RepoLimits, Head, TreeCheck, T> finish,
        RecordVisitor? listener,
        RepoLimits limits,
        IProgress<RepoProgress>? progress,
        CancellationToken cancel)
    {
        var files = new BlockFiles(carFiles, limits.Car);
        try
        {
            var index = new BlockIndexBuilder(files.TotalBytes);
            var scan = new CarScan(files, limits.Car, index, progress: progress);
            scan.Run(Workers, cancel);
            return Walk(files, scan.Headers, index, expectation, finish, listener, limits, cancel);
        }
        catch (Exception e)
        {
            files.Dispose();
            if (e is RepoFaultException fault) throw Placed(fault, files);
            throw;
        }
    }

    /// <summary>The second half: from blocks that are what they say they are to a repository that is.</summary>
    private static T Walk<T>(
        BlockFiles files,
        IReadOnlyList<CarHeader> headers,
        BlockIndexBuilder index,
        RepoExpectation? expectation,
        Func<BlockStore, RepoLimits, Head, TreeCheck, T> finish,
        RecordVisitor? listener,
        RepoLimits limits,
        CancellationToken cancel)
    {
        foreach (var header in headers) _ = header.SingleRoot;
        var store = new BlockStore(files, index.Build(Workers), index.Kept);
        var tree = new TreeCheck(store, limits, listener);
        var head = ReadHead(store, tree, headers[^1].SingleRoot, expectation);
        tree.Run(head.Data, Workers, cancel);
        store.Forget();
        return finish(store, limits, head, tree);
    }

    private static Head ReadHead(BlockStore store, TreeCheck tree, Cid root, RepoExpectation? expectation)
    {
        if (root.Codec != CidCodec.DagCbor) throw new RepoFaultException(RepoFault.CommitShape, -1, "the root is not DAG-CBOR");
        var location = tree.ReachCommit(root);
        if (location == default) throw new RepoFaultException(RepoFault.CommitMissing, -1, root.ToString());
        byte[] buffer = [];
        var block = store.ReadHashed(root, location, ref buffer);
        if (expectation is not null)
        {
            var commit = VerifiedCommit.Verify(root, block, location.DataOffset, expectation);
            return new Head(root, commit.Did, commit.Rev, commit.Data, commit);
        }

        var fields = CommitFields.Read(block, location.DataOffset);
        return Did.TryParse(fields.Did, out var did)
            ? new Head(root, did, fields.Rev, fields.Data, null)
            : throw new RepoFaultException(RepoFault.CommitDid, location.DataOffset, "the commit names no DID");
    }

    /// <summary>The fault with its place in its own file, when there are several.</summary>
    private static RepoFaultException Placed(RepoFaultException fault, BlockFiles files)
    {
        if (files.Count == 1 || fault.Offset < 0) return fault;
        var (file, offset) = files.Locate(fault.Offset);
        return new RepoFaultException(fault.Fault, offset, $"{fault.Detail}, file {file + 1} of {files.Count}");
    }

    /// <param name="Verified">Null where no one asked who signed it.</param>
    private readonly record struct Head(Cid Cid, Did Did, Tid Rev, Cid Data, VerifiedCommit? Verified);
}
