using Migrator.Core.AtProto.Crypto;

namespace Migrator.Core.Backups;

/// <summary>
/// Signs manifests with the key of this instance, so that a reader can tell snapshots of his own service from planted ones: anybody who
/// can write into the vault and knows the recipients could seal something.
/// </summary>
public interface IManifestSigner
{
    /// <summary>The public half as a did:key, P-256.</summary>
    string DidKey { get; }

    /// <summary>A signature over the SHA-256 of the bytes: 64 bytes, r and s, low S (as <see cref="PrivateKey.Sign"/> makes it).</summary>
    byte[] Sign(ReadOnlySpan<byte> bytes);
}
