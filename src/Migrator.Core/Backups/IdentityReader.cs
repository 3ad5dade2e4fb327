using System.Text.Json;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>Looks up who an account is now: document, verified handle, server, and for a did:plc the whole operation log.</summary>
internal sealed class IdentityReader(IdentityResolver identities, PlcClient plc, TimeProvider time)
{
    /// <summary>What was found; or why there is nothing, and whether that may pass.</summary>
    public async Task<IdentityFinding> ReadAsync(Did did, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var resolved = await identities.ResolveAsync(did.ToString(), ct).ConfigureAwait(false);
        if (resolved.Identity is not { } identity) return Explain(resolved, now);
        JsonElement? log = null;
        if (did.IsPlc)
        {
            var history = await plc.GetHistoryAsync(did, ct).ConfigureAwait(false);
            if (!history.IsOk) return new IdentityFinding(null, history.Error.ToOutcome(WaitCause.DirectoryTrouble, now), MayPass: true);
            if (history.Value.Tombstoned) return Tombstone(resolved.Message);
            log = AuditLogJson.Write(history.Value);
        }
        var found = new ManifestIdentity(now, identity.Document.Raw, log);
        return new IdentityFinding(new SourceState(did, identity.Pds, identity.VerifiedHandle, found, [], null, null), null, MayPass: false);
    }

    private static IdentityFinding Explain(IdentityResult resolved, DateTimeOffset now) => resolved.Problem switch
    {
        IdentityProblem.Tombstoned => Tombstone(resolved.Message),
        IdentityProblem.Unreachable => new IdentityFinding(
            null, new BackupOutcome.Waiting(WaitCause.DirectoryTrouble, resolved.Message, now + TimeSpan.FromMinutes(2)), MayPass: true),
        IdentityProblem.BlockedAddress => new IdentityFinding(
            null,
            new BackupOutcome.NeedsPerson(
                BackupTrouble.BlockedAddress, resolved.Message, "If it is your own server, add its address to Migrator:Network:AllowPrivate."),
            MayPass: false),
        _ => new IdentityFinding(
            null,
            new BackupOutcome.NeedsPerson(
                BackupTrouble.Identity, resolved.Message, "Put the identity right; backups go on by themselves. Earlier snapshots are as they were."),
            MayPass: false),
    };

    private static IdentityFinding Tombstone(string message) => new(
        null,
        new BackupOutcome.AccountGone(
            AccountAbsence.Tombstoned, $"{message} There is nothing more to back up; its snapshots stay as they are.".TrimStart()),
        MayPass: false);
}

/// <summary>What a look-up of an identity gave.</summary>
/// <param name="State">A state without any CAR files; null when there was a problem.</param>
/// <param name="Problem">Why there is no state.</param>
/// <param name="MayPass">Somebody who had to be asked did not answer: what was known before may do.</param>
internal sealed record IdentityFinding(SourceState? State, BackupOutcome? Problem, bool MayPass);
