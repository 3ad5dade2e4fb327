namespace Migrator.Core.Vaults;

/// <summary>A vault in a folder of this machine (or one that is mounted here).</summary>
/// <param name="Folder">Full path. Made when its parent is there.</param>
public sealed record FileVaultSettings(string Folder) : VaultSettings
{
    public override IReadOnlyList<string> FindProblems()
    {
        if (string.IsNullOrWhiteSpace(Folder) || !Path.IsPathFullyQualified(Folder) || Folder.Contains('\0'))
            return ["The folder must be a full path, like /srv/migrator-vault."];
        return Path.GetFullPath(Folder) == "/" ? ["The folder must not be the root of the file system."] : [];
    }
}
