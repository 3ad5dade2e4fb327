namespace Migrator.Web.Api;

/// <summary>
/// Remembers for a day which migration was created under an <c>Idempotency-Key</c>, so that a repeated call gets the same one.
/// Kept in memory only: after a restart the service still answers a repeated call with the unfinished migration of the same account.
/// </summary>
public sealed class IdempotencyKeys(TimeProvider time)
{
    private const int Most = 1000;
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);
    private readonly Lock guard = new();
    private readonly Dictionary<string, Entry> entries = [];

    /// <summary>Null where the key is new; else what it stood for.</summary>
    public Entry? Find(string owner, string key)
    {
        lock (guard)
            return entries.TryGetValue(Name(owner, key), out var entry) && time.GetUtcNow() - entry.At < Life ? entry : null;
    }

    public void Remember(string owner, string key, string account, string migrationId)
    {
        lock (guard)
        {
            if (entries.Count >= Most)
                entries.Remove(entries.MinBy(entry => entry.Value.At).Key);
            entries[Name(owner, key)] = new Entry(account, migrationId, time.GetUtcNow());
        }
    }

    private static string Name(string owner, string key) => $"{owner}\n{key}";

    public sealed record Entry(string Account, string MigrationId, DateTimeOffset At);
}
