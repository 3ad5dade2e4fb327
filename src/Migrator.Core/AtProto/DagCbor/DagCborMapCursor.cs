namespace Migrator.Core.AtProto.DagCbor;

/// <summary>Steps through the keys of one map and holds them to canonical order: shorter first, then by bytes, none twice.</summary>
public ref struct DagCborMapCursor
{
    private ReadOnlySpan<byte> _previous;
    private bool _started;

    internal DagCborMapCursor(int count)
    {
        Count = count;
        Remaining = count;
    }

    /// <summary>How many fields the map has.</summary>
    public int Count { get; }

    /// <summary>How many fields are still to come.</summary>
    public int Remaining { get; private set; }

    /// <summary>Reads the next key; the reader then stands at its value, which must be read or skipped before the next call.</summary>
    /// <param name="reader">The reader that made this cursor.</param>
    /// <param name="key">The key as UTF-8.</param>
    /// <returns>False when the map has no more fields.</returns>
    public bool Next(ref DagCborReader reader, out ReadOnlySpan<byte> key)
    {
        key = default;
        if (Remaining == 0) return false;
        Remaining--;
        var position = reader.Position;
        var next = reader.ReadKey();
        if (_started) CheckOrder(ref reader, _previous, next, position);
        _started = true;
        _previous = next;
        key = next;
        return true;
    }

    internal static void CheckOrder(
        scoped ref DagCborReader reader, scoped ReadOnlySpan<byte> previous, scoped ReadOnlySpan<byte> key, int position)
    {
        if (previous.Length < key.Length) return;
        var order = previous.Length > key.Length ? 1 : previous.SequenceCompareTo(key);
        if (order < 0) return;
        if (order == 0) reader.Fail(RepoFault.CborKeyDuplicate, position, "the same field name twice");
        reader.Fail(RepoFault.CborKeyOrder, position, "field names out of order");
    }
}
