using Migrator.Core.AtProto.Repo;

namespace Migrator.Core.Accounts;

/// <summary>What would come back into a living account from an earlier state of it. Nothing was written.</summary>
/// <param name="Records">Gone since then, and chosen: these will be created again under their old names.</param>
/// <param name="NotChosen">How many others are gone since then.</param>
/// <param name="Changed">There under the same name with other content: always left as they are now.</param>
public sealed record ReturnPreview(IReadOnlyList<RepoRecord> Records, long NotChosen, IReadOnlyList<RecordChange> Changed)
{
    public IReadOnlyDictionary<string, int> RecordsByCollection =>
        Records.CountBy(record => record.Path[..record.Path.IndexOf('/', StringComparison.Ordinal)]).ToDictionary();

    /// <param name="then">The repo as it was.</param>
    /// <param name="now">The repo as it is.</param>
    /// <param name="chosen">Whether the record with this path is wanted back.</param>
    /// <exception cref="ArgumentException">They are of two accounts.</exception>
    public static ReturnPreview Make(VerifiedRepo then, VerifiedRepo now, Predicate<string> chosen)
    {
        if (then.Commit.Did != now.Commit.Did)
            throw new ArgumentException($"The earlier state is of {then.Commit.Did}, the living account is {now.Commit.Did}.", nameof(now));
        var difference = RepoDiff.Compare(then, now);
        var records = difference.Missing.Where(record => chosen(record.Path)).ToList();
        return new ReturnPreview(records, difference.Missing.Count - records.Count, difference.Changed);
    }
}
