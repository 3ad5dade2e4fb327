namespace Migrator.Core.Vaults;

/// <summary>Where in a store a vault is, and what was learnt of the store.</summary>
internal sealed class S3Place(S3VaultSettings settings)
{
    private volatile bool _conditional = true;

    /// <summary>For messages: bucket and host.</summary>
    public string Name { get; } = $"{settings.Bucket}@{settings.Endpoint.Authority}";

    public string Bucket => settings.Bucket;
    public string Prefix => settings.Prefix;

    /// <summary>Whether writes ask the store not to overwrite. Off once it said that it does not know that.</summary>
    public bool Conditional
    {
        get => _conditional;
        set => _conditional = value;
    }

    public string KeyOf(string name) => settings.Prefix + name;

    /// <summary>The name of an object by its key; null for keys that are not ours.</summary>
    public string? NameOf(string key) =>
        key.StartsWith(settings.Prefix, StringComparison.Ordinal) && key[settings.Prefix.Length..] is var name && VaultName.IsValid(name)
            ? name : null;
}
