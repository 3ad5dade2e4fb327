namespace Migrator.Core.AtProto.Repo;

/// <summary>Sizes of blobs as records claim them: whatever a stranger wrote there, so a few of them may be more than a number holds.</summary>
public static class ClaimedSize
{
    /// <summary>No server takes a blob of 1 TiB; and the sum of eight million such sizes still fits.</summary>
    public const long Most = 1L << 40;

    public static long? Clamp(long? size) => size is { } known ? Math.Clamp(known, 0, Most) : null;

    /// <summary>The sum of those that are known; <see cref="long.MaxValue"/> where it would be more.</summary>
    public static long Sum(IEnumerable<long?> sizes)
    {
        long sum = 0;
        foreach (var size in sizes)
        {
            var known = Math.Max(size ?? 0, 0);
            if (known > long.MaxValue - sum) return long.MaxValue;
            sum += known;
        }
        return sum;
    }
}
