namespace Migrator.Core.Vaults;

/// <summary>What opens an S3 store. Kept sealed; says nothing about itself.</summary>
public sealed class VaultCredentials(string accessKeyId, string secretAccessKey, string? sessionToken = null)
{
    public string AccessKeyId { get; } = accessKeyId;
    public string SecretAccessKey { get; } = secretAccessKey;

    /// <summary>For temporary credentials; null otherwise.</summary>
    public string? SessionToken { get; } = sessionToken;

    public override string ToString() => "(credentials)";
}
