namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Counts the bytes of records that wait for the listener, in all parts of a tree together. Once they were more than it may be, it stays
/// so: what a hostile tree would make wait may be any number of gigabytes. Safe for many threads.
/// </summary>
internal sealed class RecordBacklog(long most)
{
    private long _bytes;
    private volatile bool _isOver;

    public bool IsOver => _isOver;

    /// <returns>False when there is no more room, or was none before.</returns>
    public bool TryAdd(int bytes)
    {
        if (!_isOver && Interlocked.Add(ref _bytes, bytes) > most) _isOver = true;
        return !_isOver;
    }

    public void Remove(int bytes) => Interlocked.Add(ref _bytes, -bytes);
}
