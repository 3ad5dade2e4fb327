using Migrator.Core.Age;

namespace Migrator.Jobs.Drills;

/// <summary>Private keys for single drills, in the memory of this process only. Says nothing in logs or <c>ToString</c>.</summary>
internal sealed class DrillKeys(TimeProvider time) : IDisposable
{
    private const int Most = 100;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
    private readonly Lock _guard = new();
    private readonly Dictionary<string, Held> _held = [];

    /// <summary>Takes keys over for a drill, to be wiped by <see cref="Drop"/>.</summary>
    public void Hold(string drillId, IReadOnlyList<AgeIdentity> keys)
    {
        lock (_guard)
        {
            var now = time.GetUtcNow();
            foreach (var old in _held.Where(held => now - held.Value.Since > Longest).Select(held => held.Key).ToList())
                Remove(old);
            if (_held.Count >= Most)
                Remove(_held.MinBy(held => held.Value.Since).Key);
            _held[drillId] = new Held(keys, now);
        }
    }

    /// <summary>They stay this object's; null where there are none.</summary>
    public IReadOnlyList<AgeIdentity>? Find(string drillId)
    {
        lock (_guard)
            return _held.TryGetValue(drillId, out var held) ? held.Keys : null;
    }

    public void Drop(string drillId)
    {
        lock (_guard)
            Remove(drillId);
    }

    public void Dispose()
    {
        lock (_guard)
        {
            foreach (var id in _held.Keys.ToList())
                Remove(id);
        }
    }

    private void Remove(string drillId)
    {
        if (_held.Remove(drillId, out var held))
            KeyText.Dispose(held.Keys);
    }

    private sealed record Held(IReadOnlyList<AgeIdentity> Keys, DateTimeOffset Since);
}
