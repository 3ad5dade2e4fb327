using Migrator.Core.Backups;
using Migrator.Jobs.Storage;

namespace Migrator.Jobs.Backups;

/// <summary>Signs manifests with the key of this instance.</summary>
internal sealed class ManifestSigner(InstanceKey key) : IManifestSigner
{
    public string DidKey => key.DidKey;

    public byte[] Sign(ReadOnlySpan<byte> bytes) => key.Sign(bytes);
}
