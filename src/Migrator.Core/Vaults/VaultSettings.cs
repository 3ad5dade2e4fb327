using System.Text.Json.Serialization;

namespace Migrator.Core.Vaults;

/// <summary>Where a vault is. Holds no secret and may be stored as JSON; credentials are kept apart (<see cref="VaultCredentials"/>).</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FileVaultSettings), "folder")]
[JsonDerivedType(typeof(S3VaultSettings), "s3")]
public abstract record VaultSettings
{
    /// <summary>What is wrong with these settings, one sentence each; empty when nothing is.</summary>
    public abstract IReadOnlyList<string> FindProblems();
}
