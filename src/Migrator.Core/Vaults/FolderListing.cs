using System.IO.Enumeration;

namespace Migrator.Core.Vaults;

/// <summary>The objects in a folder, one after another: no list of them is ever held.</summary>
internal static class FolderListing
{
    public static IEnumerable<VaultObject> Of(VaultFolder folder, string prefix)
    {
        // All that can match is in the folder that the prefix names in full.
        var start = prefix.LastIndexOf('/') is var slash and >= 0 ? folder.PathOf(prefix[..slash]) : folder.Root;
        if (!Directory.Exists(start)) return [];
        var skip = folder.Root.Length + 1;
        return new FileSystemEnumerable<VaultObject>(start, Describe, new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint, // symbolic links
            IgnoreInaccessible = false,
        })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => entry.FileName[0] != '.',
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && IsWanted(NameOf(ref entry, skip), prefix),
        };

        VaultObject Describe(ref FileSystemEntry entry) => new(NameOf(ref entry, skip), entry.Length, entry.LastWriteTimeUtc);
    }

    // Files that others put here may have any name: they are no objects.
    private static bool IsWanted(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && VaultName.IsValid(name);

    private static string NameOf(ref FileSystemEntry entry, int skip) => entry.ToFullPath()[skip..];
}
