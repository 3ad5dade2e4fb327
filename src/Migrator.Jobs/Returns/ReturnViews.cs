using Migrator.Core.Accounts;

namespace Migrator.Jobs.Returns;

/// <summary>What is shown of the work of <see cref="AccountReturn"/>.</summary>
internal static class ReturnViews
{
    private const int MostPaths = 200;
    private const int MostProblems = 1000;

    public static ReturnPreviewView Preview(AccountReturn work)
    {
        var preview = work.Preview!;
        return new ReturnPreviewView(
            preview.Records.Count,
            [.. preview.RecordsByCollection.OrderByDescending(kind => kind.Value).ThenBy(kind => kind.Key, StringComparer.Ordinal)
                .Select(kind => new ReturnKind(kind.Key, kind.Value))],
            [.. preview.Records.Take(MostPaths).Select(record => record.Path)],
            preview.NotChosen,
            preview.Changed.Count,
            [.. preview.Changed.Take(MostPaths).Select(change => change.Path)],
            work.Sweep is { } sweep ? Files(work, sweep) : null);
    }

    public static ReturnResultView Outcome(AccountReturn work) => new(
        work.Returned,
        work.Left,
        work.NotReturned.Count,
        [.. work.NotReturned.Take(MostProblems).Select(one => new ReturnProblem(one.Record.Path, one.Reason))],
        work.FilesBack.Count,
        work.FilesNotBack.Count,
        [.. work.FilesNotBack.Take(MostProblems)
            .Select(one => new ReturnProblem(one.File.Cid.ToString(), $"Used by {one.File.FirstPath}: {one.Reason}."))]);

    private static LostFilesView Files(AccountReturn work, FileSweep sweep)
    {
        var lost = sweep.Lost;
        return new LostFilesView(
            sweep.Asked, lost.Count, lost.Count(file => work.Has(file.Cid)),
            [.. lost.Take(MostPaths).Select(file => new LostFileView(file.Cid.ToString(), file.FirstPath, work.Has(file.Cid)))]);
    }
}
