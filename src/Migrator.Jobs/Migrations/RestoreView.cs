using System.Text.Json;
using Migrator.Core.Migrations;

namespace Migrator.Jobs.Migrations;

/// <summary>What only a restore has, as pages and API show it. Holds no secret.</summary>
/// <param name="KeyRank">Place of the key among the identity's rotation keys, 0 the strongest; null while it was not looked up.</param>
/// <param name="HostKeys">Rotation keys that Migrator takes for the old server's.</param>
/// <param name="DropKeys">Those that will leave the identity.</param>
/// <param name="RotationKeys">All rotation keys as they stand now, strongest first.</param>
/// <param name="SignedInAtOldServer">The old server is asked as the account's owner.</param>
/// <param name="ToSign">An operation that waits for a signature made elsewhere; <c>operation</c> is the exact unsigned JSON.</param>
public sealed record RestoreView(
    IReadOnlyList<RestoreSource> Sources,
    string? RecordsFrom,
    string? RotationKey,
    RestoreSigning Signing,
    bool HostIsHostile,
    int? KeyRank,
    IReadOnlyList<string> RotationKeys,
    IReadOnlyList<string> HostKeys,
    IReadOnlyList<string> DropKeys,
    IReadOnlyList<LogLine> Log,
    Gathered? Gathered,
    OperationToSign? ToSign,
    string? TemporaryKey,
    DateTimeOffset? ClaimedAt,
    bool SignedInAtOldServer = false)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    internal static RestoreView? Of(MigrationRequest request, MigrationProgress progress)
    {
        if (request.Restore is not { } wanted)
            return null;
        var facts = progress.Restore ?? new RestoreFacts();
        return new RestoreView(
            wanted.Sources,
            wanted.RecordsFrom,
            wanted.RotationKey,
            wanted.Signing,
            wanted.HostIsHostile,
            progress.Identity is null ? null : facts.KeyRank,
            progress.Identity?.RotationKeys ?? [],
            facts.HostKeys,
            progress.Restore is null ? wanted.DropKeys ?? [] : RestoreIdentity.KeysToDrop(request, progress),
            facts.Log,
            facts.Gathered,
            facts.ToSign is { } plan ? new OperationToSign(plan.Changes, JsonSerializer.Serialize(plan.Json, Indented), plan.Prev) : null,
            facts.TemporaryKey,
            facts.ClaimAcceptedAt,
            request.SignedInSourceAt is not null);
    }
}

/// <param name="Operation">The unsigned operation as JSON.</param>
/// <param name="Prev">CID of the operation that it follows.</param>
public sealed record OperationToSign(IReadOnlyList<OperationChange> Changes, string Operation, string Prev);
