using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Repo;

/// <summary>How one repository differs from another in its records; each list is in path order.</summary>
/// <param name="Missing">In the first, not in the second.</param>
/// <param name="Extra">In the second, not in the first.</param>
/// <param name="Changed">In both, with different content.</param>
/// <param name="NodesRead">Tree nodes that had to be looked at, both sides together.</param>
public sealed record RepoDifference(
    IReadOnlyList<RepoRecord> Missing, IReadOnlyList<RepoRecord> Extra, IReadOnlyList<RecordChange> Changed, long NodesRead)
{
    public bool IsEmpty => Missing.Count + Extra.Count + Changed.Count == 0;
}

/// <summary>A record that both repositories have with different content.</summary>
public readonly record struct RecordChange(string Path, Cid First, Cid Second);
