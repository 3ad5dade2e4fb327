using System.Security.Cryptography;
using System.Text;
using Migrator.Core.Age;

namespace Migrator.Jobs.Snapshots;

/// <summary>Private keys that people gave for a while, in memory only. Says nothing in logs or <c>ToString</c>.</summary>
internal sealed class SessionKeys(TimeProvider time) : IDisposable
{
    private const int MostSessions = 200;
    private const int MostKeys = 8;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(2);
    private readonly Lock _guard = new();
    private readonly Dictionary<string, Held> _held = [];

    /// <summary>A name for the session that tells nothing of it.</summary>
    public static string NameOf(string owner, string session) => $"{Beginning(owner)}{Hash($"{owner.Length}:{owner}{session}")}";

    /// <summary>Whether this is the name of a session of that owner.</summary>
    public static bool IsOf(string owner, string name) => name.StartsWith(Beginning(owner), StringComparison.Ordinal);

    /// <returns>False where the text is no key.</returns>
    public bool Give(string name, string? text)
    {
        if (text is null || text.Length > 16_384 || !AgeIdentity.TryParseFile(text, out var identities))
            return false;
        lock (_guard)
        {
            Sweep();
            if (_held.Remove(name, out var before))
                before.Dispose();
            if (_held.Count >= MostSessions)
                Remove(_held.MinBy(entry => entry.Value.UsedAt).Key);
            foreach (var extra in identities.Skip(MostKeys))
                extra.Dispose();
            var now = time.GetUtcNow();
            _held[name] = new Held([.. identities.Take(MostKeys)], now) { UsedAt = now };
            return true;
        }
    }

    /// <summary>The session's keys, which stay this object's; null where there are none any more.</summary>
    public IReadOnlyList<AgeIdentity>? Use(string name)
    {
        lock (_guard)
        {
            Sweep();
            if (!_held.TryGetValue(name, out var held))
                return null;
            held.UsedAt = time.GetUtcNow();
            return held.Keys;
        }
    }

    /// <summary>Copies of the session's keys, which are the caller's to dispose; null where there are none any more.</summary>
    public IReadOnlyList<AgeIdentity>? Copy(string name)
    {
        lock (_guard)
        {
            var text = Use(name)?.OfType<X25519Identity>().Select(key => key.RevealText());
            return text is not null && AgeIdentity.TryParseFile(string.Join('\n', text), out var copies) ? copies : null;
        }
    }

    public DateTimeOffset? Until(string name)
    {
        lock (_guard)
        {
            Sweep();
            return _held.TryGetValue(name, out var held) ? End(held) : null;
        }
    }

    public void Forget(string name)
    {
        lock (_guard)
            Remove(name);
    }

    /// <summary>Wipes what has run out; names those sessions that still hold a key.</summary>
    public IReadOnlyCollection<string> SweepNow()
    {
        lock (_guard)
        {
            Sweep();
            return [.. _held.Keys];
        }
    }

    public void Dispose()
    {
        lock (_guard)
        {
            foreach (var held in _held.Values)
                held.Dispose();
            _held.Clear();
        }
    }

    private static string Beginning(string owner) => $"{Hash(owner)}-";

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static DateTimeOffset End(Held held) =>
        held.UsedAt + Idle < held.GivenAt + Longest ? held.UsedAt + Idle : held.GivenAt + Longest;

    private void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var name in _held.Where(entry => End(entry.Value) <= now).Select(entry => entry.Key).ToList())
            Remove(name);
    }

    private void Remove(string name)
    {
        if (_held.Remove(name, out var held))
            held.Dispose();
    }

    private sealed class Held(IReadOnlyList<AgeIdentity> keys, DateTimeOffset givenAt) : IDisposable
    {
        public IReadOnlyList<AgeIdentity> Keys => keys;

        public DateTimeOffset GivenAt => givenAt;

        public DateTimeOffset UsedAt { get; set; }

        public void Dispose()
        {
            foreach (var key in keys)
                key.Dispose();
        }
    }
}
