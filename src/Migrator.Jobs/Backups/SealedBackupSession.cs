using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Backups;

/// <summary>The owner's sign-in for the preferences, sealed; a refreshed pair of tokens is written before it is used.</summary>
internal sealed class SealedBackupSession(SealedSecrets secrets, string owner, string accountId) : ISessionVault
{
    public async ValueTask<SessionTokens?> ReadAsync(CancellationToken cancel)
    {
        if (await secrets.ReadAsync(SecretKey.BackupSession(accountId), cancel) is not { } text)
            return null;
        using var json = JsonDocument.Parse(text);
        return new SessionTokens(
            Did.Parse(json.RootElement.GetProperty("did").GetString()!),
            json.RootElement.GetProperty("access").GetString()!,
            json.RootElement.GetProperty("refresh").GetString()!);
    }

    public async ValueTask WriteAsync(SessionTokens tokens, CancellationToken cancel) =>
        await secrets.WriteAsync(SecretKey.BackupSession(accountId), owner, SealedSession.Seal(tokens), cancel);
}
