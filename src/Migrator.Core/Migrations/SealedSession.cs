using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations;

/// <summary>A session whose tokens live sealed in the store of secrets; a refreshed pair is written before it is used.</summary>
public sealed class SealedSession(ISecretStore secrets, MigrationId id, SecretName name) : ISessionVault
{
    public async ValueTask<SessionTokens?> ReadAsync(CancellationToken ct)
    {
        var text = await secrets.ReadAsync(id, name, ct);
        if (text is null)
            return null;
        using var json = JsonDocument.Parse(text);
        return new SessionTokens(
            Did.Parse(json.RootElement.GetProperty("did").GetString()!),
            json.RootElement.GetProperty("access").GetString()!,
            json.RootElement.GetProperty("refresh").GetString()!);
    }

    public async ValueTask WriteAsync(SessionTokens tokens, CancellationToken ct) =>
        await secrets.WriteAsync(id, name, Seal(tokens), ct);

    /// <summary>The text that <see cref="ReadAsync"/> reads back.</summary>
    public static string Seal(SessionTokens tokens) => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["did"] = tokens.Did.ToString(),
        ["access"] = tokens.AccessJwt,
        ["refresh"] = tokens.RefreshJwt,
    });
}
