namespace Migrator.Core.Backups;

/// <summary>What retention would keep and remove.</summary>
/// <param name="Kept">Newest first, each with every reason.</param>
/// <param name="Removed">Newest first; all of them complete and unpinned, and never the newest verified one.</param>
/// <param name="Frozen">For a person: why nothing is removed although the rules would; null when nothing stands in the way.</param>
public sealed record RetentionDecision(
    IReadOnlyList<KeptSnapshot> Kept, IReadOnlyList<SnapshotSummary> Removed, string? Frozen);

/// <param name="Snapshot">Which.</param>
/// <param name="Reasons">In words: "newest of 2026-11-22", "pinned", "newest verified".</param>
public sealed record KeptSnapshot(SnapshotSummary Snapshot, IReadOnlyList<string> Reasons);
