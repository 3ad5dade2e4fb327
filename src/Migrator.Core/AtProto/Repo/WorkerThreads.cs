using System.Runtime.ExceptionServices;

namespace Migrator.Core.AtProto.Repo;

/// <summary>
/// Does one work on several threads at once. They are threads of its own, not of the pool, and nothing is awaited: the code behind an
/// <c>await</c> is not there before the program runs, and for a small repository making it takes longer than the work.
/// </summary>
internal sealed class WorkerThreads
{
    private readonly Lock _lock = new();
    private ExceptionDispatchInfo? _first;

    private WorkerThreads()
    {
    }

    /// <summary>Runs <paramref name="work"/> so many times at once, once of them on this thread, and returns when all have ended.</summary>
    /// <param name="count">How many times; at least once.</param>
    /// <param name="work">May end early when all is taken.</param>
    /// <param name="beside">Runs at the same time on a thread of its own.</param>
    /// <exception cref="Exception">What the first of them threw; that one was cancelled only if nothing else is the matter.</exception>
    public static void Run(int count, Action work, Action? beside = null)
    {
        var crew = new WorkerThreads();
        var threads = new Thread[count - 1 + (beside is null ? 0 : 1)];
        for (var i = 0; i < threads.Length; i++)
        {
            var task = i < count - 1 ? work : beside!;
            threads[i] = new Thread(() => crew.Do(task)) { IsBackground = true, Name = "Repository worker" };
            threads[i].Start();
        }
        crew.Do(work);
        foreach (var thread in threads) thread.Join();
        crew._first?.Throw();
    }

    private void Do(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                if (_first is null || (_first.SourceException is OperationCanceledException && e is not OperationCanceledException))
                {
                    _first = ExceptionDispatchInfo.Capture(e);
                }
            }
        }
    }
}
