namespace Migrator.Core.AtProto.Crypto;

/// <summary>The two elliptic curves of AT Protocol. Servers sign with K-256; a user's own key may be on either.</summary>
public enum KeyCurve
{
    /// <summary>NIST P-256, also called secp256r1. JWT algorithm ES256; did:key starts with <c>zDna</c>.</summary>
    P256,

    /// <summary>secp256k1. JWT algorithm ES256K; did:key starts with <c>zQ3s</c>.</summary>
    K256,
}
