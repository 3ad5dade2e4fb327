using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Identity;

/// <summary>The DID that a handle leads to, or why there is none.</summary>
/// <param name="Outcome">What asking gave.</param>
/// <param name="Did">Only when found.</param>
/// <param name="Message">One sentence for a person; empty when found.</param>
public sealed record HandleAnswer(HandleOutcome Outcome, Did? Did, string Message)
{
    internal static HandleAnswer Found(Did did) => new(HandleOutcome.Found, did, "");

    internal static HandleAnswer NotFound(Handle handle) =>
        new(HandleOutcome.NotFound, null, $"The handle {handle} leads to no account. Check its spelling, or enter the account's DID.");

    internal static HandleAnswer Ambiguous(Handle handle) =>
        new(HandleOutcome.Ambiguous, null,
            $"The DNS names more than one account for {handle}. Its owner has to leave one TXT record at _atproto.{handle}.");

    internal static HandleAnswer Unreachable(Handle handle, string why) =>
        new(HandleOutcome.Unreachable, null, $"The handle {handle} could not be looked up: {why}");
}
