using System.Globalization;

namespace Migrator.Core.Backups;

/// <summary>
/// Notices that an account is suddenly much smaller: an attacker or a broken server has emptied it. The snapshot is stored all the same,
/// but what would delete older ones stands still until a person has looked.
/// </summary>
internal static class ShrinkGuard
{
    /// <returns>For a person; null when nothing shrank too much.</returns>
    public static string? Judge(SnapshotSummary? before, long records, long blobs, BackupLimits limits)
    {
        if (before is null) return null;
        var parts = new List<string>();
        Add("records", before.Records, records);
        Add("files", before.Blobs, blobs);
        return parts.Count == 0 ? null : string.Join(", ", parts);

        void Add(string what, long had, long has)
        {
            if (had >= limits.ShrinkFloor && has < had * (1 - limits.ShrinkShare))
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{has:N0} {what} instead of {had:N0}"));
        }
    }
}
