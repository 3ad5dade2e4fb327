using Migrator.Core.AtProto.Car;
using Migrator.Core.AtProto.DagCbor;

namespace Migrator.Core.AtProto.Repo;

/// <summary>From a stream that can be read once.</summary>
public static partial class RepoVerifier
{
    /// <summary>
    /// Verifies a CAR while it comes from a stream that can be read once: it is stored, hashed and indexed on the way, and the tree is
    /// walked when it ends. When this returns the file is on disk to stay.
    /// </summary>
    /// <param name="car">One full export, or an export <c>since</c> the last of <paramref name="earlier"/>. Stays the caller's to close.</param>
    /// <param name="store">An empty file that can be read and written. Belongs to the repository, and is closed with it or on a fault.</param>
    /// <param name="earlier">The files that the stream is laid over; none for a full export.</param>
    /// <param name="report">Is told how many bytes came so far, after each read.</param>
    /// <exception cref="IOException">The stream broke (the exception is its own), or a file cannot be read or written.</exception>
    /// <inheritdoc cref="VerifyFilesAsync"/>
    public static async Task<VerifiedRepo> VerifyStreamAsync(
        Stream car,
        FileStream store,
        RepoExpectation expectation,
        IReadOnlyList<string>? earlier = null,
        RepoLimits? limits = null,
        Func<long, Task>? report = null,
        CancellationToken cancel = default)
    {
        var toDisk = Task.CompletedTask;
        try
        {
            var verified = await RunStreamAsync(
                car, store, earlier ?? [], expectation, isSummary: false, listener: null, limits ?? RepoLimits.Default, report,
                onStored: () => toDisk = Task.Run(() => RandomAccess.FlushToDisk(store.SafeFileHandle), CancellationToken.None), cancel);
            await toDisk;
            return (VerifiedRepo)verified;
        }
        catch
        {
            await toDisk.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// As <see cref="VerifyStreamAsync"/>, for who needs no more than the summary. When the blocks come in the order of the tree, commit first, memory does not
    /// grow with their number, and the file is read again only if that order ends.
    /// </summary>
    /// <param name="listener">Is told about every record in path order; null for nobody. What it heard is true only once this method has returned.</param>
    /// <inheritdoc cref="VerifyStreamAsync"/>
    public static async Task<VerifiedSummary> SummarizeStreamAsync(
        Stream car,
        FileStream store,
        RepoExpectation expectation,
        RecordVisitor? listener = null,
        RepoLimits? limits = null,
        Func<long, Task>? report = null,
        CancellationToken cancel = default)
    {
        await using (store)
        {
            var verified = await RunStreamAsync(
                car, store, [], expectation, isSummary: true, listener, limits ?? RepoLimits.Default, report, onStored: null, cancel);
            (verified as VerifiedRepo)?.Dispose();
            return new VerifiedSummary(verified);
        }
    }

    private static async Task<VerifiedSummary> RunStreamAsync(
        Stream car, FileStream store, IReadOnlyList<string> earlier, RepoExpectation expectation, bool isSummary,
        RecordVisitor? listener, RepoLimits limits, Func<long, Task>? report, Action? onStored, CancellationToken cancel)
    {
        var files = new BlockFiles(earlier, limits.Car);
        try
        {
            files.Add(store.SafeFileHandle);
            var index = new BlockIndexBuilder();
            var start = files.Extent(earlier.Count).Start;
            var intake = new CarIntake(car, store.SafeFileHandle, start, limits.Car, Workers);
            var stream = new StreamVerification(files, intake, index, limits.Car, Workers, isSummary ? StartWalk : null);
            await stream.RunAsync(report, cancel);
            onStored?.Invoke();
            if (stream.IsWalked) return stream.Walk!.Summarize();
            // The earlier files come last: a server does not wait until they are read.
            return await Task.Run(() =>
            {
                var headers = Scan(earlier, limits.Car, index, intake.Blocks, cancel);
                return Walk(
                    files, [.. headers, intake.Header!], index, expectation, Hold, Skip(listener, stream.Walk?.Records ?? 0), limits, cancel);
            }, cancel);
        }
        catch (Exception e)
        {
            files.Dispose();
            if (e is RepoFaultException fault) throw Placed(fault, files);
            throw;
        }

        PreorderWalk? StartWalk(CarHeader header) =>
            header.Roots.Count == 1 ? new PreorderWalk(header.Roots[0], expectation, limits, listener) : null;
    }

    private static IReadOnlyList<CarHeader> Scan(
        IReadOnlyList<string> carFiles, CarLimits limits, BlockIndexBuilder index, long blocks, CancellationToken cancel)
    {
        using var files = new BlockFiles(carFiles, limits);
        var scan = new CarScan(files, limits, index, blocks);
        scan.Run(Workers, cancel);
        return scan.Headers;
    }

    /// <summary>A listener that heard the first records of the same tree before: from the same root come the same records.</summary>
    private static RecordVisitor? Skip(RecordVisitor? listener, long heard) => listener is null || heard == 0 ? listener : (path, cid) =>
    {
        if (heard > 0) heard--;
        else listener(path, cid);
    };
}
