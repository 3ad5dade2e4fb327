using Migrator.Core.AtProto.Crypto;

namespace Migrator.Jobs.Storage;

/// <summary>Signs in the name of this instance of Migrator, so that others can tell later what came from it unchanged.</summary>
/// <remarks>Usable once the storage is open (<see cref="StorageGate"/>); before that every member throws.</remarks>
public interface ISigner
{
    /// <summary>The public half. P-256.</summary>
    PublicKey PublicKey { get; }

    /// <summary>The public half as <c>did:key:zDna…</c>.</summary>
    string DidKey { get; }

    /// <summary>The <c>kid</c> under which the key is published: its JWK thumbprint (RFC 7638), 43 characters.</summary>
    string KeyId { get; }

    /// <summary>ES256: 64 bytes, r and s, over the SHA-256 of <paramref name="data"/>.</summary>
    byte[] Sign(ReadOnlySpan<byte> data);
}
