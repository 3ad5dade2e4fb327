namespace Migrator.Core.Migrations;

/// <summary>Counts for the progress bar. One writer.</summary>
internal sealed class BlobTally
{
    private long? _bytesKnown;

    public long Done { get; private set; }

    public long Total { get; private init; }

    public long Bytes { get; private set; }

    /// <summary>Null where old records do not say how large their blobs are.</summary>
    public long? BytesTotal => _bytesKnown is { } known && known >= Bytes ? known : null;

    public static BlobTally Start(BlobTotals before) => new()
    {
        Done = before.Copied,
        Total = before.Needed,
        Bytes = before.BytesCopied,
        _bytesKnown = before.BytesKnown,
    };

    public void Add(BlobEntry entry)
    {
        Done++;
        Bytes += entry.State == BlobState.Copied ? entry.Size ?? 0 : 0;
    }
}
