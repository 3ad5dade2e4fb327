namespace Migrator.Core.AtProto.Repo;

/// <summary>Counts records by collection. Those of one collection come one after another, so a count is kept aside until the next begins.</summary>
internal sealed class CollectionCounts
{
    private readonly Dictionary<string, long> _counts = [];
    private byte[] _collection = [];
    private long _inCollection;

    public void Add(ReadOnlySpan<byte> collection)
    {
        if (!collection.SequenceEqual(_collection))
        {
            Close();
            _collection = collection.ToArray();
        }
        _inCollection++;
    }

    /// <returns>By name, whichever part was counted first: the same repository is told in the same words each time.</returns>
    public static Dictionary<string, long> Sum(IEnumerable<CollectionCounts> several)
    {
        var sum = new Dictionary<string, long>();
        foreach (var counts in several)
        {
            counts.Close();
            foreach (var (name, count) in counts._counts) Add(sum, name, count);
        }
        return sum.OrderBy(count => count.Key, StringComparer.Ordinal).ToDictionary();
    }

    private void Close()
    {
        if (_inCollection == 0) return;
        Add(_counts, System.Text.Encoding.ASCII.GetString(_collection), _inCollection);
        _inCollection = 0;
    }

    private static void Add(Dictionary<string, long> counts, string name, long count)
    {
        counts.TryGetValue(name, out var before);
        counts[name] = before + count;
    }
}
