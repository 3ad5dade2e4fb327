using System.Text.Json;
using Migrator.Web.Hosting;

namespace Migrator.Web.Security;

/// <summary>
/// Who is signed in. A browser holds a random id, this file its hash: who reads the file cannot sign in with it, and a session that was
/// ended here is over whatever cookie comes. Sessions survive a restart.
/// </summary>
public sealed class DoorSessions
{
    private const int Most = 50;
    private static readonly TimeSpan WriteUseAfter = TimeSpan.FromMinutes(1);
    private readonly DoorOptions options;
    private readonly TimeProvider time;
    private readonly string path;
    private readonly Lock guard = new();
    private readonly Dictionary<string, Session> sessions = [];
    private DateTimeOffset written;

    public DoorSessions(WebOptions options, TimeProvider time)
    {
        this.options = options.Door;
        this.time = time;
        path = Path.Combine(options.DoorFolder, "sessions.json");
        if (PrivateFile.Read(path) is { } text)
            sessions = JsonSerializer.Deserialize<Dictionary<string, Session>>(text, JsonSerializerOptions.Web) ?? [];
    }

    public int Count
    {
        get
        {
            lock (guard)
                return sessions.Values.Count(session => IsAlive(session, time.GetUtcNow()));
        }
    }

    /// <summary>Begins a session and returns its id for the cookie.</summary>
    public string Begin()
    {
        var id = DoorToken.New();
        var now = time.GetUtcNow();
        lock (guard)
        {
            RemoveDead(now);
            while (sessions.Count >= Most)
                sessions.Remove(sessions.MinBy(entry => entry.Value.LastUsed).Key);
            sessions[DoorToken.Hash(id)] = new Session(now, now);
            Write(now);
        }

        return id;
    }

    /// <summary>True if the id names a living session; this use keeps it alive.</summary>
    public bool Use(string id)
    {
        if (id.Length > 200)
            return false;
        var key = DoorToken.Hash(id);
        var now = time.GetUtcNow();
        lock (guard)
        {
            if (!sessions.TryGetValue(key, out var session) || !IsAlive(session, now))
                return false;
            sessions[key] = session with { LastUsed = now };
            if (now - written >= WriteUseAfter)
                Write(now);
            return true;
        }
    }

    public void End(string id)
    {
        lock (guard)
        {
            if (sessions.Remove(DoorToken.Hash(id)))
                Write(time.GetUtcNow());
        }
    }

    /// <summary>Signs out every browser.</summary>
    public void EndAll()
    {
        lock (guard)
        {
            sessions.Clear();
            Write(time.GetUtcNow());
        }
    }

    private bool IsAlive(Session session, DateTimeOffset now) =>
        now - session.LastUsed < options.IdleTimeout && now - session.Began < options.AbsoluteTimeout;

    private void RemoveDead(DateTimeOffset now)
    {
        foreach (var (key, session) in sessions.ToList())
        {
            if (!IsAlive(session, now))
                sessions.Remove(key);
        }
    }

    private void Write(DateTimeOffset now)
    {
        PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
        PrivateFile.Write(path, JsonSerializer.Serialize(sessions, JsonSerializerOptions.Web));
        written = now;
    }

    private sealed record Session(DateTimeOffset Began, DateTimeOffset LastUsed);
}
