using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Doctor;

/// <summary>Looks a DID up in every way there is: document, log, handle. Says what it found in the notes.</summary>
/// <param name="handles">Finds what a handle leads to.</param>
/// <param name="dids">Fetches documents.</param>
/// <param name="plc">Fetches and replays logs.</param>
internal sealed class IdentityLook(HandleResolver handles, DidResolver dids, PlcClient plc)
{
    public async Task<SeenIdentity> LookAsync(Did did, Handle? asked, CheckNotes notes, CancellationToken cancel)
    {
        var history = did.IsPlc ? await HistoryAsync(did, notes, cancel) : null;
        var document = await DocumentAsync(did, notes, cancel);
        if (document is not null && history is not null) Compare(document, history, notes);
        var leadsBack = document is null ? null : await HandleAsync(did, document, asked, notes, cancel);
        return new SeenIdentity(document, history, leadsBack);
    }

    private async Task<PlcHistory?> HistoryAsync(Did did, CheckNotes notes, CancellationToken cancel)
    {
        var log = await plc.GetHistoryAsync(did, cancel);
        if (log.TryGetValue(out var history, out var error))
        {
            if (history.Tombstoned)
                notes.Fault("identity-ended", "The identity was ended for good by its last operation in the directory.");
            else
                notes.Fine("plc-log", $"The directory's log of {history.Entries.Count} operations was replayed from the first: every signature and every link is right.");
            return history;
        }

        if (error.Is(PlcErrorNames.BadLog))
            notes.Fault("plc-log", $"The directory's log of this identity breaks the rules of did:plc. {error.Message}");
        else if (!error.Is(PlcErrorNames.DidNotFound))
            notes.Unchecked("plc-log", $"The directory could not be asked for the log: {error.Message}");
        return null;
    }

    private async Task<DidDocument?> DocumentAsync(Did did, CheckNotes notes, CancellationToken cancel)
    {
        var fetched = await dids.ResolveAsync(did, cancel);
        if (!fetched.TryGetValue(out var document, out var error))
        {
            if (DidResolver.IsTombstone(error))
                notes.Fault("did-document", $"{did} has no document any more: the identity was ended.");
            else if (error.Failure == XrpcFailure.Refused)
                notes.Fault("did-unknown", error.Status == 0 ? error.Message : $"{error.Service.Host} does not know {did}.");
            else if (error.Failure == XrpcFailure.Unreadable)
                notes.Fault("did-document", $"The document of {did} cannot be used. {error.Message}");
            else
                notes.Unchecked("did-document", $"The document of {did} could not be fetched: {error.Message}");
            return null;
        }

        if (document.PdsEndpoint is null)
            notes.Fault("did-document", "The DID document names no server that hosts the account, or not in the form that the protocol asks for.");
        else if (document.SigningKey is null)
            notes.Fault("did-document", "The DID document names no signing key that can be read.");
        else
            notes.Fine("did-document", $"The DID document names the server {document.PdsEndpoint.Authority} and a signing key.");
        return document;
    }

    private static void Compare(DidDocument document, PlcHistory history, CheckNotes notes)
    {
        if (history.Tombstoned) return;
        var now = history.Current;
        var server = Uri.TryCreate(now.PdsEndpoint, UriKind.Absolute, out var endpoint) ? endpoint : null;
        if (now.SigningKey == document.SigningKey && server == document.PdsEndpoint && now.Handle == document.ClaimedHandle)
            notes.Fine("plc-agrees", "The document says what the last valid operation of the log says.");
        else
            notes.Fault("plc-agrees", "The document differs from the last valid operation of the log: the directory, or something before it, is not telling the truth.");
    }

    private async Task<bool?> HandleAsync(Did did, DidDocument document, Handle? asked, CheckNotes notes, CancellationToken cancel)
    {
        if (asked is { } typed && typed != document.ClaimedHandle)
            notes.Warning("handle-other", $"{typed} leads to this account, but the account does not claim it as its handle.");
        if (document.ClaimedHandle is not { } handle)
        {
            notes.Warning("handle", "The DID document claims no handle.");
            return null;
        }

        if (asked == handle)
        {
            notes.Fine("handle", $"The handle {handle} leads to the account, and the account claims it.");
            return true;
        }

        var answer = await handles.ResolveAsync(handle, cancel);
        if (answer.Did == did)
            notes.Fine("handle", $"The account claims the handle {handle}, and it leads back to the account.");
        else if (answer.Outcome == HandleOutcome.Unreachable)
            notes.Warning("handle", $"Whether the handle {handle} leads back to the account could not be looked up. {answer.Message}");
        else if (answer.Did is { } other)
            notes.Warning("handle", $"The account claims the handle {handle}, but it leads to {other}. Apps show the account as having no valid handle.");
        else
            notes.Warning("handle", $"The account claims the handle {handle}, but it leads nowhere. Apps show the account as having no valid handle.");
        return answer.Outcome == HandleOutcome.Unreachable ? null : answer.Did == did;
    }
}

/// <summary>What is known of an identity after a look; parts that could not be had are null.</summary>
internal sealed record SeenIdentity(DidDocument? Document, PlcHistory? History, bool? HandleLeadsBack)
{
    /// <summary>Every key that rightfully signed at some time, the present one first.</summary>
    public IReadOnlyList<PublicKey> Keys =>
        [.. new[] { Document?.SigningKey }.OfType<PublicKey>().Concat(History?.SigningKeysNewestFirst ?? []).Distinct()];

    public string KeySource => (Document, History) switch
    {
        (not null, not null) => "the DID document and the replayed log of the directory",
        (null, not null) => "the replayed log of the directory",
        _ => "the DID document",
    };

    public IdentityFacts? ToFacts() => Document is null && History is null ? null : new IdentityFacts(
        (Document?.ClaimedHandle ?? History?.Current.Handle)?.ToString(),
        HandleLeadsBack,
        Document?.PdsEndpoint?.GetLeftPart(UriPartial.Authority) ?? History?.Current.PdsEndpoint,
        (Document?.SigningKey ?? History?.Current.SigningKey)?.DidKey,
        History?.Current.RotationKeys ?? [],
        History?.Entries.Count ?? 0,
        History?.Head.CreatedAt,
        History?.Tombstoned ?? false);
}
