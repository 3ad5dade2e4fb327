namespace Migrator.Core.AtProto.Identity;

/// <summary>Why an identity could not be resolved.</summary>
public enum IdentityProblem
{
    /// <summary>Neither a handle nor a DID.</summary>
    BadSyntax,

    /// <summary>A DID of a method that AT Protocol does not use.</summary>
    UnsupportedMethod,

    HandleNotFound,

    /// <summary>The DNS names several DIDs for the handle.</summary>
    HandleAmbiguous,

    DidNotFound,

    /// <summary>The DID was ended for good.</summary>
    Tombstoned,

    /// <summary>The handle leads to a DID whose document claims another handle, or none.</summary>
    Mismatch,

    /// <summary>What came as the document is none, or is about another DID.</summary>
    BadDocument,

    /// <summary>The document names no server, or not as it must be named.</summary>
    NoPds,

    /// <summary>The document names no signing key, or none that can be read.</summary>
    NoSigningKey,

    /// <summary>The look-up would have gone to an address that we do not call.</summary>
    BlockedAddress,

    /// <summary>Somebody who had to be asked did not answer. May pass.</summary>
    Unreachable,
}
