using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Migrator.Core.AtProto.Encoding;

namespace Migrator.Core.Backups;

/// <summary>
/// Where things are in a vault:
/// <c>accounts/&lt;26 base32&gt;/objects/&lt;52 base32&gt;.age</c> and
/// <c>accounts/&lt;26 base32&gt;/snapshots/&lt;yyyymmdd&gt;t&lt;hhmmss&gt;z-&lt;16 hex&gt;.age</c>.
/// Who sees only names learns how many accounts there are, when snapshots were taken, and how large things are; not whose they are.
/// </summary>
public static class BackupLayout
{
    public const string Root = "accounts/";
    private const string Objects = "objects/";
    private const string Snapshots = "snapshots/";
    private const string Suffix = ".age";
    private const string TimeFormat = "yyyyMMdd't'HHmmss'z'";
    private const int AccountIdLength = 26;
    private const int ObjectIdLength = 52;
    private const int TimeLength = 16;
    private const int TailLength = 16;
    private const int PackNameBytes = 32;

    public static string FolderOf(string accountId) => $"{Root}{accountId}/";

    public static string ObjectsOf(string accountId) => $"{Root}{accountId}/{Objects}";

    public static string SnapshotsOf(string accountId) => $"{Root}{accountId}/{Snapshots}";

    /// <summary>
    /// The name for some content. Keyed, so that nobody can find out from names which blobs are there; the same for the same content, so
    /// that a run that was killed finds what it stored.
    /// </summary>
    /// <param name="folder">Whose key is used.</param>
    /// <param name="content">What will be inside.</param>
    /// <param name="generation">0, or more when earlier copies were damaged or lost: names are never used twice.</param>
    public static string NameOf(AccountFolder folder, ObjectContent content, int generation)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{content.Kind}\n{content.Sha256}\n{generation}");
        var tag = HMACSHA256.HashData(folder.NamingKey, System.Text.Encoding.ASCII.GetBytes(text));
        return $"{ObjectsOf(folder.AccountId)}{Base32.Encode(tag)}{Suffix}";
    }

    /// <summary>A new name for a pack: random, since what will be in it shows only while it is written.</summary>
    public static string NewPackName(string accountId) =>
        $"{ObjectsOf(accountId)}{Base32.Encode(RandomNumberGenerator.GetBytes(PackNameBytes))}{Suffix}";

    /// <summary>A new name for a manifest: the time, then 16 random hex digits.</summary>
    public static string NewSnapshotName(string accountId, DateTimeOffset takenAt)
    {
        var time = takenAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
        return $"{SnapshotsOf(accountId)}{time}-{RandomNumberGenerator.GetHexString(TailLength, lowercase: true)}{Suffix}";
    }

    /// <summary>The name within the account's folder, as manifests use it.</summary>
    public static string Relative(string accountId, string name) => name[FolderOf(accountId).Length..];

    /// <summary>The other way round.</summary>
    public static string Absolute(string accountId, string relative) => FolderOf(accountId) + relative;

    /// <summary>True for <c>objects/….age</c> in exactly the form of this layout.</summary>
    public static bool IsObject([NotNullWhen(true)] string? relative) =>
        relative is not null && relative.Length == Objects.Length + ObjectIdLength + Suffix.Length
        && relative.StartsWith(Objects, StringComparison.Ordinal) && relative.EndsWith(Suffix, StringComparison.Ordinal)
        && IsBase32(relative.AsSpan(Objects.Length, ObjectIdLength));

    /// <summary>True for <c>snapshots/….age</c> in exactly the form of this layout.</summary>
    public static bool IsSnapshot([NotNullWhen(true)] string? relative) =>
        relative is not null && relative.Length == Snapshots.Length + TimeLength + 1 + TailLength + Suffix.Length
        && relative.StartsWith(Snapshots, StringComparison.Ordinal) && relative.EndsWith(Suffix, StringComparison.Ordinal)
        && TryReadTime(relative.AsSpan(Snapshots.Length, TimeLength), out _)
        && relative[Snapshots.Length + TimeLength] == '-'
        && !relative.AsSpan(Snapshots.Length + TimeLength + 1, TailLength).ContainsAnyExcept("0123456789abcdef");

    public static bool IsAccountId([NotNullWhen(true)] string? text) => text is { Length: AccountIdLength } && IsBase32(text);

    /// <summary>Takes the name of a manifest apart; false for every other name.</summary>
    public static bool TryReadSnapshotName(string name, [NotNullWhen(true)] out string? accountId, out DateTimeOffset takenAt)
    {
        accountId = null;
        takenAt = default;
        if (!name.StartsWith(Root, StringComparison.Ordinal) || name.Length < Root.Length + AccountIdLength + 1) return false;
        var id = name.Substring(Root.Length, AccountIdLength);
        if (!IsAccountId(id) || name[Root.Length + AccountIdLength] != '/') return false;
        var relative = Relative(id, name);
        if (!IsSnapshot(relative)) return false;
        accountId = id;
        return TryReadTime(relative.AsSpan(Snapshots.Length, TimeLength), out takenAt);
    }

    private static bool TryReadTime(ReadOnlySpan<char> text, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    private static bool IsBase32(ReadOnlySpan<char> text) => !text.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz234567");
}
