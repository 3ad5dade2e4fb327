using System.Security.Cryptography;
using System.Text;

namespace Migrator.Jobs.Storage;

/// <param name="Owner">Whom the session belongs to.</param>
public sealed record SignInSession(string Owner, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt);

/// <summary>
/// One-time links and sessions of people. Only hashes are stored: a copy of the database signs nobody in. Tokens are 256 random bits in
/// base64url, so a plain SHA-256 is enough. They survive a restart.
/// </summary>
public sealed class SignInStore(Database database)
{
    private const int TokenBytes = 32;

    /// <summary>A new token for a one-time link; earlier links of the owner that were not used stop working.</summary>
    public async Task<string> CreateLinkAsync(string owner, TimeSpan life, CancellationToken ct)
    {
        var token = NewToken();
        await database.WriteAsync(
            async db =>
            {
                await db.ExecuteAsync("DELETE FROM signin_link WHERE owner = @Owner OR expires_at <= now_ms()", new { Owner = owner });
                await db.ExecuteAsync(
                    "INSERT INTO signin_link (token_hash, owner, expires_at) VALUES (@Hash, @Owner, now_ms() + @Life)",
                    new { Hash = Hash(token), Owner = owner, Life = (long)life.TotalMilliseconds });
            },
            ct);
        return token;
    }

    /// <summary>Uses a link up: its owner, or null if it is unknown, used or too old. Of two that come at once one gets it.</summary>
    public Task<string?> UseLinkAsync(string token, CancellationToken ct) => database.WriteAsync(
        db => db.FirstOrDefaultAsync<string>(
            "DELETE FROM signin_link WHERE token_hash = @Hash AND expires_at > now_ms() RETURNING owner", new { Hash = Hash(token) }),
        ct);

    /// <summary>A new session; the result goes into the cookie.</summary>
    /// <param name="idle">It ends when it is not used for so long,</param>
    /// <param name="life">and in any case after this.</param>
    public async Task<string> OpenSessionAsync(string owner, TimeSpan idle, TimeSpan life, CancellationToken ct)
    {
        var id = NewToken();
        await database.WriteAsync(
            async db =>
            {
                await db.ExecuteAsync("DELETE FROM signin_session WHERE expires_at <= now_ms() OR last_seen_at + idle_ms <= now_ms()");
                await db.ExecuteAsync(
                    """
                    INSERT INTO signin_session (id_hash, owner, created_at, last_seen_at, idle_ms, expires_at)
                    VALUES (@Hash, @Owner, now_ms(), now_ms(), @Idle, now_ms() + @Life)
                    """,
                    new { Hash = Hash(id), Owner = owner, Idle = (long)idle.TotalMilliseconds, Life = (long)life.TotalMilliseconds });
            },
            ct);
        return id;
    }

    /// <summary>The session behind a cookie, or null. Being asked for keeps it alive (noted once a minute at most).</summary>
    public async Task<SignInSession?> FindSessionAsync(string id, CancellationToken ct)
    {
        var row = await database.ReadAsync(
            db => db.FirstOrDefaultAsync<SessionRow>(
                """
                SELECT owner, created_at, expires_at, now_ms() - last_seen_at AS unseen_ms FROM signin_session
                WHERE id_hash = @Hash AND expires_at > now_ms() AND last_seen_at + idle_ms > now_ms()
                """,
                new { Hash = Hash(id) }),
            ct);
        if (row is null)
            return null;
        if (row.UnseenMs > 60_000)
            await database.WriteAsync(
                db => db.ExecuteAsync("UPDATE signin_session SET last_seen_at = now_ms() WHERE id_hash = @Hash", new { Hash = Hash(id) }),
                ct);
        return new SignInSession(row.Owner, row.CreatedAt.ToTime(), row.ExpiresAt.ToTime());
    }

    public Task CloseSessionAsync(string id, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync("DELETE FROM signin_session WHERE id_hash = @Hash", new { Hash = Hash(id) }), ct);

    /// <summary>Signs the owner out everywhere.</summary>
    public Task CloseAllSessionsAsync(string owner, CancellationToken ct) => database.WriteAsync(
        db => db.ExecuteAsync("DELETE FROM signin_session WHERE owner = @Owner", new { Owner = owner }), ct);

    private static string NewToken() => System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private sealed class SessionRow
    {
        public string Owner { get; init; } = "";

        public long CreatedAt { get; init; }

        public long ExpiresAt { get; init; }

        public long UnseenMs { get; init; }
    }
}
