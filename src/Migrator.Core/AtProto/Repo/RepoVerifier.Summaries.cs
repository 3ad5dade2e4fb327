using Migrator.Core.AtProto.DagCbor;

namespace Migrator.Core.AtProto.Repo;

/// <summary>From a file, for who needs no more than a summary.</summary>
public static partial class RepoVerifier
{
    /// <summary>
    /// As <see cref="VerifyAndListAsync"/>, for who needs no more than the summary of one file: where its blocks are in the order of the
    /// tree, commit first, it is read once, and memory does not grow with their number.
    /// </summary>
    /// <inheritdoc cref="VerifyAndListAsync"/>
    public static Task<VerifiedSummary> SummarizeFileAsync(
        string carFile,
        RepoExpectation expectation,
        RecordVisitor? listener = null,
        RepoLimits? limits = null,
        IProgress<RepoProgress>? progress = null,
        CancellationToken cancel = default) =>
        Task.Run(() => SummarizeFile(carFile, expectation, listener, limits ?? RepoLimits.Default, progress, cancel), cancel);

    private static VerifiedSummary SummarizeFile(
        string carFile, RepoExpectation expectation, RecordVisitor? listener, RepoLimits limits, IProgress<RepoProgress>? progress,
        CancellationToken cancel)
    {
        if (TryWalkFile(carFile, expectation, listener, limits, progress, cancel, out var told) is { } summary) return summary;
        using var repo = Run([carFile], expectation, Hold, Skip(listener, told), limits, progress, cancel);
        return new VerifiedSummary(repo);
    }

    /// <summary>Walks the tree as its blocks come.</summary>
    /// <param name="told">Records that the listener was told about.</param>
    /// <returns>Null where they come in another order, or something is wrong: the way with an index decides which.</returns>
    private static VerifiedSummary? TryWalkFile(
        string carFile, RepoExpectation expectation, RecordVisitor? listener, RepoLimits limits, IProgress<RepoProgress>? progress,
        CancellationToken cancel, out long told)
    {
        using var files = new BlockFiles([carFile], limits.Car);
        PreorderWalk? walk = null;
        CarScan? scan = null;
        scan = new CarScan(files, limits.Car, index: null, progress: progress, inOrder: Take);
        try
        {
            scan.Run(Workers, cancel);
        }
        catch (RepoFaultException)
        {
            // Not lost: the other way finds it again.
            return null;
        }
        finally
        {
            told = walk?.Records ?? 0;
        }
        return walk is { IsComplete: true } ? walk.Summarize() : null;

        bool Take(CarStretch stretch)
        {
            var roots = scan!.Headers[0].Roots;
            if (roots.Count != 1) return false;
            walk ??= new PreorderWalk(roots[0], expectation, limits, listener);
            return walk.TryTake(stretch);
        }
    }
}
