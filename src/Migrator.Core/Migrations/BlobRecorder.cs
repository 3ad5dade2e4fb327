using System.Threading.Channels;

namespace Migrator.Core.Migrations;

/// <summary>
/// Writes what became of each blob to the ledger, in batches beside the copying: a transfer never waits for a disk.
/// When the ledger cannot be written, the copying is stopped and the exception comes from <see cref="EndAsync"/>.
/// </summary>
internal sealed class BlobRecorder : IAsyncDisposable
{
    /// <summary>Every write is a flush of the disk; so long one waits for more to write.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(200);

    private readonly Channel<BlobEntry> _found = Channel.CreateUnbounded<BlobEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _ending = new();
    private readonly MigrationContext _context;
    private readonly StepName _step;
    private readonly BlobTally _tally;
    private readonly Task _writing;

    /// <param name="stop">Cancelled when the ledger cannot be written.</param>
    public BlobRecorder(MigrationContext context, StepName step, BlobTally tally, CancellationTokenSource stop)
    {
        (_context, _step, _tally) = (context, step, tally);
        _writing = WriteAsync(stop);
    }

    public void Add(BlobEntry entry) => _found.Writer.TryWrite(entry);

    /// <summary>Writes the rest. Also after a pause or a fault: what the target confirmed is kept.</summary>
    public async Task EndAsync()
    {
        _found.Writer.TryComplete();
        await _ending.CancelAsync();
        await _writing;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _ending.Dispose();
    }

    private async Task WriteAsync(CancellationTokenSource stop)
    {
        try
        {
            var batch = new List<BlobEntry>();
            while (await _found.Reader.WaitToReadAsync())
            {
                await Task.Delay(Gathering, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                while (_found.Reader.TryRead(out var entry))
                {
                    batch.Add(entry);
                    _tally.Add(entry);
                    _context.MadeHeadway |= entry.State == BlobState.Copied;
                }

                await _context.Tools.Blobs.RecordAsync(_context.Lease, batch, CancellationToken.None);
                batch.Clear();
                await _context.ReportAsync(_step, _tally.Done, _tally.Total, _tally.Bytes, _tally.BytesTotal, CancellationToken.None);
            }
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }
}
