using System.Runtime.ExceptionServices;

namespace Migrator.Core.Age;

/// <summary>
/// Seals or opens all that is between a source and a destination, with several workers. Each reads a batch, works on it and writes it
/// out, so that its bytes stay in the cache of one processor. They take turns in reading, and write in the order in which they read.
/// </summary>
/// <param name="key">Of the content; the caller's.</param>
/// <param name="spares">Says how many workers there may be beside the first.</param>
/// <param name="seals">True to seal, false to open.</param>
/// <param name="read">Gives the next bytes; 0 at the end.</param>
/// <param name="write">Takes the result.</param>
internal sealed class BatchRelay(
    byte[] key, SpareBatches spares, bool seals,
    Func<Memory<byte>, CancellationToken, ValueTask<int>> read, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write)
    : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private Task<bool> _written = Task.FromResult(true);
    private long _next;
    private byte? _carried;
    private volatile bool _ended;

    /// <summary>Ends when everything was written, or with the first fault in the order of the file; nothing after it is written.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        // Most blobs are small: the large buffers and the threads come only when they are needed.
        using (var small = new ChunkBatch(key, 1)) await RelayAsync(small, cancel).ConfigureAwait(false);
        if (_ended) return;
        var extra = 0;
        try
        {
            List<Task> workers = [WorkAsync(cancel)];
            while (workers.Count < Environment.ProcessorCount && spares.TryTake(ref extra)) workers.Add(WorkAsync(cancel));
            await Task.WhenAll(workers).ConfigureAwait(false);
        }
        finally
        {
            spares.Return(extra);
        }
    }

    public void Dispose() => _reading.Dispose();

    /// <summary>Reads the way that costs least: a file is read where the bytes are needed, without a change of thread.</summary>
    public static Func<Memory<byte>, CancellationToken, ValueTask<int>> ReaderOf(Stream source) => source is FileStream file
        ? (buffer, _) => ValueTask.FromResult(file.Read(buffer.Span))
        : source.ReadAsync;

    /// <summary>Writes the way that costs least.</summary>
    public static Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> WriterOf(Stream destination)
    {
        if (destination is not FileStream file) return destination.WriteAsync;
        return (buffer, _) =>
        {
            file.Write(buffer.Span);
            return ValueTask.CompletedTask;
        };
    }

    private Task WorkAsync(CancellationToken cancel) => Task.Run(async () =>
    {
        using var batch = new ChunkBatch(key, ChunkBatch.MaxChunks);
        while (!_ended) await RelayAsync(batch, cancel).ConfigureAwait(false);
    }, CancellationToken.None);

    private async ValueTask RelayAsync(ChunkBatch batch, CancellationToken cancel)
    {
        if (await TakeAsync(batch, cancel).ConfigureAwait(false) is not { } turn) return;
        var good = false;
        try
        {
            if (turn.Fault is null) Work(batch, turn);
            if (!await turn.Before.ConfigureAwait(false)) return;
            // An input that fails does so only after everything before it was written.
            turn.Fault?.Throw();
            await write(seals ? batch.Sealed.AsMemory(0, batch.SealedLength) : batch.Plain.AsMemory(0, batch.PlainLength), cancel)
                .ConfigureAwait(false);
            if (!seals && batch.Fault is not null) throw batch.Fault;
            cancel.ThrowIfCancellationRequested();
            good = true;
        }
        finally
        {
            if (!good) _ended = true;
            turn.Written.SetResult(good);
        }
    }

    private void Work(ChunkBatch batch, Turn turn)
    {
        if (seals) batch.Seal(turn.First, turn.IsLast);
        else batch.Open(turn.First, turn.IsLast);
    }

    /// <summary>Reads the next batch and takes a place in the order; null when there is nothing more.</summary>
    private async ValueTask<Turn?> TakeAsync(ChunkBatch batch, CancellationToken cancel)
    {
        await _reading.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_ended) return null;
            var turn = new Turn(_written, _next);
            _written = turn.Written.Task;
            try
            {
                turn.IsLast = await FillAsync(batch, cancel).ConfigureAwait(false);
                if (turn.IsLast) _ended = true;
            }
            catch (Exception fault)
            {
                (turn.Fault, _ended) = (ExceptionDispatchInfo.Capture(fault), true);
            }
            _next += batch.Chunks;
            return turn;
        }
        finally
        {
            _reading.Release();
        }
    }

    private async ValueTask<bool> FillAsync(ChunkBatch batch, CancellationToken cancel)
    {
        var (buffer, capacity) = seals ? (batch.Plain, batch.PlainCapacity) : (batch.Sealed, batch.SealedCapacity);
        var length = 0;
        if (_carried is { } carried) buffer[length++] = carried;
        int count;
        do
        {
            count = await read(buffer.AsMemory(length, capacity + 1 - length), cancel).ConfigureAwait(false);
            length += count;
        }
        while (count > 0 && length <= capacity);
        var isLast = length <= capacity;
        // One byte more than fits shows that something follows.
        _carried = isLast ? null : buffer[capacity];
        length = Math.Min(length, capacity);
        if (seals) batch.PlainLength = length;
        else batch.SealedLength = length;
        return isLast;
    }

    /// <summary>A batch's place in the file.</summary>
    private sealed class Turn(Task<bool> before, long first)
    {
        /// <summary>Ends when all before it was written; false when something went wrong there.</summary>
        public Task<bool> Before { get; } = before;

        public TaskCompletionSource<bool> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long First { get; } = first;

        public bool IsLast { get; set; }

        public ExceptionDispatchInfo? Fault { get; set; }
    }
}
