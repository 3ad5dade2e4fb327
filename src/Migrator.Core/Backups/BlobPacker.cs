using System.Threading.Channels;

namespace Migrator.Core.Backups;

/// <summary>
/// Gathers small blobs into packs for one vault. When there is much to store several packs are filled at once: all processors are busy then,
/// also while one of the packs is on its way to stable storage.
/// </summary>
internal sealed class BlobPacker
{
    /// <summary>Larger blobs are objects of their own.</summary>
    public const int LargestBlob = 1 << 20;

    private const int PackBytes = 16 << 20;
    private const int MostAtOnce = 4;
    private const int Waiting = 8;

    private readonly VaultSide _vault;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<HeldBlob> _queue = Channel.CreateBounded<HeldBlob>(Waiting);
    private readonly Task _work;

    /// <param name="vault">Where to.</param>
    /// <param name="expected">About how many bytes will come.</param>
    /// <param name="stop">Cancelled when packing fails for a reason that is not the vault's: then nothing more need be fetched.</param>
    /// <param name="ct">Ends packing at once.</param>
    public BlobPacker(VaultSide vault, long expected, CancellationTokenSource stop, CancellationToken ct)
    {
        (_vault, _stop) = (vault, stop);
        var atOnce = (int)Math.Clamp(expected / PackBytes, 1, MostAtOnce);
        _work = Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(() => PackAsync(ct), CancellationToken.None)));
    }

    public VaultSide Vault => _vault;

    /// <summary>Hands a blob over, which is released when it is in a pack. It counts as stored only when the pack is.</summary>
    public ValueTask AddAsync(HeldBlob blob, CancellationToken ct) => _queue.Writer.WriteAsync(blob, ct);

    /// <summary>Nothing more comes: ends when the last packs are stored, or with what kept them from it.</summary>
    public Task CompleteAsync()
    {
        _queue.Writer.TryComplete();
        return _work;
    }

    private async Task PackAsync(CancellationToken ct)
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(ct).ConfigureAwait(false))
            {
                if (!_queue.Reader.TryRead(out var first)) continue;
                // A vault in trouble takes nothing more; the blobs go on to the others.
                if (_vault.IsWorking) await _vault.PutPackAsync((pack, cancel) => FillAsync(pack, first, cancel), ct).ConfigureAwait(false);
                else first.Release();
            }
        }
        catch
        {
            await _stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task FillAsync(PackWriter pack, HeldBlob? blob, CancellationToken ct)
    {
        while (true)
        {
            if (blob is not null)
            {
                await pack.AddAsync(blob, ct).ConfigureAwait(false);
                blob.Release();
            }
            if (pack.Length >= PackBytes) return;
            if (!_queue.Reader.TryRead(out blob) && !await _queue.Reader.WaitToReadAsync(ct).ConfigureAwait(false)) return;
        }
    }
}
