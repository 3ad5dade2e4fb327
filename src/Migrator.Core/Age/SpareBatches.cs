namespace Migrator.Core.Age;

/// <summary>
/// How many batches may be worked on beside the one that each stream works on itself. The count is shared by all streams of the process:
/// it bounds their memory, and when many are open the processors are busy without it.
/// </summary>
internal sealed class SpareBatches(int total, int mostPerStream)
{
    private int _free = total;

    /// <summary>Those of this process: none with one processor, where they would only cost.</summary>
    public static SpareBatches Shared { get; } = Environment.ProcessorCount is > 1 and var processors
        ? new SpareBatches(2 * processors, 1 + Math.Min(processors, 4))
        : new SpareBatches(0, 0);

    /// <summary>For many files at once that each keep one processor busy.</summary>
    public static SpareBatches None { get; } = new(0, 0);

    public int Free => Volatile.Read(ref _free);

    /// <summary>Takes one more for a stream that has some, if there is one.</summary>
    public bool TryTake(ref int taken)
    {
        if (taken >= mostPerStream) return false;
        if (Interlocked.Decrement(ref _free) < 0)
        {
            Interlocked.Increment(ref _free);
            return false;
        }
        taken++;
        return true;
    }

    public void Return(int taken) => Interlocked.Add(ref _free, taken);
}
