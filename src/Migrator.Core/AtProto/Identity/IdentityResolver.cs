using Microsoft.Extensions.Logging;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Identity;

/// <summary>
/// Turns what a person types into an identity that was checked in both directions: the handle leads to the DID, and the DID's document
/// claims the handle.
/// </summary>
public sealed class IdentityResolver(HandleResolver handles, DidResolver dids, ILogger<IdentityResolver> log)
{
    /// <param name="handleOrDid">Also with spaces around it, a leading <c>@</c> or <c>at://</c>, or capitals in a handle.</param>
    /// <param name="cancel">Stops the look-up.</param>
    public async Task<IdentityResult> ResolveAsync(string handleOrDid, CancellationToken cancel)
    {
        var text = Simplify(handleOrDid);
        if (Did.TryParse(text, out var did)) return await ResolveDidAsync(did, null, cancel).ConfigureAwait(false);
        if (!Handle.TryParse(text, out var handle))
        {
            return IdentityResult.Failed(IdentityProblem.BadSyntax,
                "This is neither a handle (like alice.example.com) nor a DID (like did:plc:…).");
        }
        var answer = await handles.ResolveAsync(handle, cancel).ConfigureAwait(false);
        if (answer.Did is { } found) return await ResolveDidAsync(found, handle, cancel).ConfigureAwait(false);
        return IdentityResult.Failed(answer.Outcome switch
        {
            HandleOutcome.Ambiguous => IdentityProblem.HandleAmbiguous,
            HandleOutcome.Unreachable => IdentityProblem.Unreachable,
            _ => IdentityProblem.HandleNotFound,
        }, answer.Message);
    }

    private async Task<IdentityResult> ResolveDidAsync(Did did, Handle? asked, CancellationToken cancel)
    {
        var fetched = await dids.ResolveAsync(did, cancel).ConfigureAwait(false);
        if (!fetched.TryGetValue(out var document, out var error)) return Describe(did, error);
        var claimed = document.ClaimedHandle;
        if (asked is { } handle && claimed != handle)
        {
            var says = claimed is { } other ? $"that its handle is {other}" : "nothing of a handle";
            return IdentityResult.Failed(IdentityProblem.Mismatch,
                $"The handle {handle} leads to {did}, but that account's identity document says {says}. " +
                "Enter the account's DID if it is yours.");
        }
        if (document.PdsEndpoint is not { } pds)
        {
            return IdentityResult.Failed(IdentityProblem.NoPds,
                $"The identity document of {did} names no server that hosts the account, or not in the form that the protocol asks for.");
        }
        if (document.SigningKey is null)
        {
            return IdentityResult.Failed(IdentityProblem.NoSigningKey,
                $"The identity document of {did} names no signing key that can be read, so no copy of its data can be checked.");
        }
        var verified = asked ?? await VerifyAsync(did, claimed, cancel).ConfigureAwait(false);
        return IdentityResult.Found(new ResolvedIdentity(did, verified, claimed, document, pds));
    }

    private async Task<Handle?> VerifyAsync(Did did, Handle? claimed, CancellationToken cancel)
    {
        if (claimed is not { } handle) return null;
        var answer = await handles.ResolveAsync(handle, cancel).ConfigureAwait(false);
        if (answer.Did == did) return handle;
        log.HandleNotVerified(handle.ToString(), did.ToString(), answer.Outcome);
        return null;
    }

    private static IdentityResult Describe(Did did, XrpcError error) => error switch
    {
        { Failure: XrpcFailure.Refused, Status: 0 } => IdentityResult.Failed(IdentityProblem.UnsupportedMethod, error.Message),
        { Failure: XrpcFailure.BlockedAddress } => IdentityResult.Failed(IdentityProblem.BlockedAddress, error.Message),
        { Failure: XrpcFailure.Unreadable } => IdentityResult.Failed(IdentityProblem.BadDocument,
            $"The identity document of {did} cannot be used. {error.Message}"),
        _ when DidResolver.IsTombstone(error) => IdentityResult.Failed(IdentityProblem.Tombstoned,
            $"The identity {did} was ended for good in its directory; nothing can be done with it any more."),
        { Failure: XrpcFailure.Refused } => IdentityResult.Failed(IdentityProblem.DidNotFound,
            $"{error.Service.Host} does not know the identity {did}."),
        _ => IdentityResult.Failed(IdentityProblem.Unreachable,
            $"The identity {did} could not be looked up just now: {error.Message} Nothing was changed; try again in a while."),
    };

    /// <summary>What a person types or pastes, without what stands around a handle or DID.</summary>
    public static string Simplify(string text)
    {
        // People paste handles out of apps, which put invisible direction marks around them.
        var visible = string.Concat(text.Where(c => char.GetUnicodeCategory(c) != System.Globalization.UnicodeCategory.Format)).Trim();
        if (visible.StartsWith("at://", StringComparison.OrdinalIgnoreCase)) visible = visible["at://".Length..].TrimEnd('/');
        return visible.StartsWith('@') ? visible[1..] : visible;
    }
}
