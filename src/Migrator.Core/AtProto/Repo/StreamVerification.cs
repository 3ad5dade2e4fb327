using Migrator.Core.AtProto.Car;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// One verification of a CAR that comes from a stream. As long as blocks come in the order of the tree, and if no more than a summary
/// is asked for, they are walked as they come and nothing is kept. Else an index is made as they come, and the tree is walked in the file.
/// </summary>
/// <param name="files">The files before it, and last the one that the stream is stored in.</param>
/// <param name="intake">Gives the blocks.</param>
/// <param name="index">Is told about each block, unless all were walked.</param>
/// <param name="startWalk">Makes the walk for a root; null when there must be an index anyway.</param>
internal sealed class StreamVerification(
    BlockFiles files, CarIntake intake, BlockIndexBuilder index, CarLimits limits, int workers, Func<CarHeader, PreorderWalk?>? startWalk)
{
    private readonly BlockIndexBuilder.Writer _writer = index.OpenWriter();
    private Func<CarHeader, PreorderWalk?>? _startWalk = startWalk;

    /// <summary>The walk as far as it came; null when there was none.</summary>
    public PreorderWalk? Walk { get; private set; }

    /// <summary>Whether the walk saw everything. If not, the index has it.</summary>
    public bool IsWalked { get; private set; }

    public async Task RunAsync(Func<long, Task>? report, CancellationToken cancel)
    {
        await intake.RunAsync(stretch => TakeAsync(stretch, cancel), report, cancel);
        if (IsWalked && !Walk!.IsComplete) await IndexStoredAsync(files.Extent(files.Count - 1).Start + intake.Length, cancel);
        _writer.Close();
        if (!IsWalked) files.GrowLast(intake.Length);
    }

    private async Task TakeAsync(CarStretch stretch, CancellationToken cancel)
    {
        if (_startWalk is { } start)
        {
            _startWalk = null;
            Walk = start(intake.Header!);
            IsWalked = Walk is not null;
        }
        if (IsWalked && !Walk!.TryTake(stretch)) await IndexStoredAsync(stretch.Offset, cancel);
        if (!IsWalked) stretch.AddTo(_writer);
    }

    /// <summary>The walk is given up: everything before <paramref name="end"/> is read once more, from the file.</summary>
    private async Task IndexStoredAsync(long end, CancellationToken cancel)
    {
        IsWalked = false;
        files.GrowLast(end - files.Extent(files.Count - 1).Start);
        await Task.Run(() => new CarScan(files, limits, index).Run(workers, cancel), cancel);
    }
}
