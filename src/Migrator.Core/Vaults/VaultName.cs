using System.Diagnostics.CodeAnalysis;

namespace Migrator.Core.Vaults;

/// <summary>
/// Rules of object names: 1 to 200 characters of <c>a-z 0-9 . - /</c>; no part between slashes is empty or begins with a dot. So a name
/// can't leave the vault's folder, can't be a hidden file, and is the same on every file system and in every bucket.
/// </summary>
public static class VaultName
{
    public const int MaxLength = 200;

    public static bool IsValid([NotNullWhen(true)] string? name) => name is { Length: > 0 } && name[^1] != '/' && IsValidPrefix(name);

    /// <summary>The beginning of a name: may be empty or end in the middle of a part.</summary>
    public static bool IsValidPrefix([NotNullWhen(true)] string? prefix)
    {
        if (prefix is null || prefix.Length > MaxLength) return false;
        var previous = '/';
        foreach (var c in prefix)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '-' or '/')) return false;
            if (previous == '/' && c is '.' or '/') return false;
            previous = c;
        }
        return true;
    }

    internal static string Check(string name) =>
        IsValid(name) ? name : throw new ArgumentException("Not a name that a vault object can have.", nameof(name));

    internal static string CheckPrefix(string prefix) =>
        IsValidPrefix(prefix) ? prefix : throw new ArgumentException("No vault object can have a name that begins so.", nameof(prefix));
}
