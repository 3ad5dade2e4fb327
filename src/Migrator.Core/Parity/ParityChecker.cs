using Migrator.Core.AtProto.Repo;

namespace Migrator.Core.Parity;

/// <summary>
/// Why two accounts count as equal: their trees of records have the same root, or the walk through what differs finds nothing.
/// Both repos were verified block by block before they got here, so comparing CIDs is comparing bytes.
/// </summary>
public static class ParityChecker
{
    private const int MostListed = 10_000;

    public static RecordParity Compare(VerifiedRepo source, VerifiedRepo target)
    {
        var difference = RepoDiff.Compare(source, target);
        var missing = difference.Missing.Select(record => new RecordDifference(record.Path, record.Cid, null)).Take(MostListed).ToList();
        var extra = difference.Extra.Select(record => new RecordDifference(record.Path, null, record.Cid)).Take(MostListed).ToList();
        var changed = difference.Changed.Select(record => new RecordDifference(record.Path, record.First, record.Second)).Take(MostListed).ToList();
        var all = difference.Missing.Count + difference.Extra.Count + difference.Changed.Count;
        return new RecordParity(
            source.Records - difference.Missing.Count - difference.Changed.Count,
            source.RecordsByCollection,
            missing,
            extra,
            changed,
            all - missing.Count - extra.Count - changed.Count);
    }
}
