namespace Migrator.Web.Api;

/// <summary>
/// Remembers for a day what was made under an <c>Idempotency-Key</c>, so that a repeated call gets the same thing; a call that comes while
/// the first is still at work waits for it. Kept in memory only: after a restart the service still answers a repeated call with the
/// unfinished migration of the same account.
/// </summary>
public sealed class IdempotencyKeys(TimeProvider time)
{
    private const int Most = 1000;
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);
    private readonly Lock guard = new();
    private readonly Dictionary<string, Entry> entries = [];

    /// <summary>
    /// The call that this key stands for. Whoever is first makes it and must end it with <see cref="End"/>, whatever happens; the others
    /// await <see cref="Entry.Made"/>.
    /// </summary>
    /// <param name="asked">What is asked for, in a form that is the same for the same call.</param>
    public (Entry Call, bool IsFirst) Begin(string owner, string key, string asked)
    {
        var name = $"{owner}\n{key}";
        lock (guard)
        {
            if (entries.TryGetValue(name, out var known) && time.GetUtcNow() - known.At < Life)
                return (known, false);
            if (entries.Count >= Most)
                entries.Remove(entries.MinBy(entry => entry.Value.At).Key);
            return (entries[name] = new Entry(name, asked, time.GetUtcNow()), true);
        }
    }

    /// <param name="id">What was made; null when nothing was, so that the next call with this key is a first one.</param>
    public void End(Entry call, string? id)
    {
        lock (guard)
        {
            if (id is null && entries.TryGetValue(call.Name, out var known) && known == call)
                entries.Remove(call.Name);
        }

        call.Finish(id);
    }

    public sealed class Entry(string name, string asked, DateTimeOffset at)
    {
        private readonly TaskCompletionSource<string?> made = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal string Name => name;

        public string Asked => asked;

        public DateTimeOffset At => at;

        /// <summary>The id of what was made; null when the call that was first was refused or broke.</summary>
        public Task<string?> Made => made.Task;

        internal void Finish(string? id) => made.TrySetResult(id);
    }
}
