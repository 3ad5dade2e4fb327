using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Identity;

/// <summary>An account's identity, looked up now and checked in both directions.</summary>
/// <param name="Did">The account.</param>
/// <param name="VerifiedHandle">The handle that the document claims and that leads back to the DID; null when it does not.</param>
/// <param name="ClaimedHandle">The handle that the document claims. Show it as unverified when the other is null.</param>
/// <param name="Document">With a signing key and a server: both are present here.</param>
/// <param name="Pds">The server that hosts the account.</param>
public sealed record ResolvedIdentity(Did Did, Handle? VerifiedHandle, Handle? ClaimedHandle, DidDocument Document, Uri Pds);
