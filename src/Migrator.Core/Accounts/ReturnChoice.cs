namespace Migrator.Core.Accounts;

/// <summary>What a person wants back from an earlier state of an account.</summary>
/// <param name="Paths">Kinds of records (<c>app.bsky.feed.post</c>) and single records (<c>app.bsky.feed.post/3kabc…</c>).</param>
/// <param name="All">Every record that is gone, whatever <paramref name="Paths"/> says.</param>
/// <param name="LostFiles">Also files that records refer to now and that the server lost.</param>
public sealed record ReturnChoice(IReadOnlySet<string> Paths, bool All = false, bool LostFiles = false)
{
    public bool WantsRecords => All || Paths.Count > 0;

    /// <summary>Whether the record with this path is wanted.</summary>
    public bool Wants(string path)
    {
        if (All || Paths.Contains(path))
            return true;
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && Paths.Contains(path[..slash]);
    }
}
