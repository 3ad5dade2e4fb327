using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Migrator.Core.Accounts;
using Migrator.Core.Vaults;

namespace Migrator.Web.Features.Backups;

/// <summary>What stands after <c>migrator snapshots</c>, <c>take-out</c>, <c>bring-back</c> and <c>drill</c>.</summary>
/// <param name="Vault">A folder, or the address of a bucket: <c>https://host/bucket/prefix</c>.</param>
/// <param name="Identity">File with the private age key.</param>
/// <param name="Account">DID or handle; null for all.</param>
/// <param name="At">The newest snapshot that is not later than this; null for the newest of all.</param>
/// <param name="To">Folder that does not exist yet.</param>
/// <param name="Only">What is wanted back: a kind of records, or one record; <c>none</c>: no records.</param>
/// <param name="LostFiles">Also files that the server lost.</param>
/// <param name="PasswordFile">File with the account's password, or an app password, in its first line; null for a preview.</param>
internal sealed record VaultArguments(
    string Vault, string Identity, string? Account, DateTimeOffset? At, string? To, string? Only, bool LostFiles, string? PasswordFile, bool Json)
{
    public const string Snapshots = "snapshots";
    public const string TakeOut = "take-out";
    public const string BringBack = "bring-back";
    public const string Drill = "drill";
    private const string NoRecords = "none";

    /// <param name="word">One of the four.</param>
    public static bool TryRead(
        string word, ReadOnlySpan<string> args, [NotNullWhen(true)] out VaultArguments? read, [NotNullWhen(false)] out string? fault)
    {
        read = null;
        var choosesOne = word != Snapshots;
        var found = new VaultArguments("", "", null, null, null, null, false, null, false);
        for (var i = 0; i < args.Length; i++)
        {
            var at = args[i].IndexOf('=', StringComparison.Ordinal);
            var (name, value) = at < 0 ? (args[i], null) : (args[i][..at], args[i][(at + 1)..]);
            if (name == "--json" && word is Snapshots or Drill)
            {
                found = found with { Json = true };
                continue;
            }

            if (name == "--lost-files" && word == BringBack)
            {
                found = found with { LostFiles = true };
                continue;
            }

            value ??= i + 1 < args.Length ? args[++i] : null;
            if (string.IsNullOrWhiteSpace(value))
            {
                fault = $"{name} needs a value.";
                return false;
            }

            switch (name)
            {
                case "--vault":
                    found = found with { Vault = value };
                    break;
                case "--identity":
                    found = found with { Identity = value };
                    break;
                case "--account":
                    found = found with { Account = value.TrimStart('@') };
                    break;
                case "--at" when choosesOne && DateTimeOffset.TryParse(value, null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time):
                    // A bare day means all of it.
                    found = found with { At = value.Length <= 10 ? time.AddDays(1).AddTicks(-1) : time };
                    break;
                case "--at" when choosesOne:
                    fault = "--at takes a day or a time, such as 2026-11-17 or 2026-11-17T08:00Z.";
                    return false;
                case "--to" when word == TakeOut:
                    found = found with { To = Path.GetFullPath(value) };
                    break;
                case "--only" when word == BringBack:
                    found = found with { Only = value };
                    break;
                case "--password-file" when word == BringBack:
                    found = found with { PasswordFile = value };
                    break;
                case not null when name.StartsWith("--Migrator:", StringComparison.OrdinalIgnoreCase):
                    break;
                default:
                    fault = $"{name} is not known here.";
                    return false;
            }
        }

        fault = found.Vault.Length == 0 ? "--vault is missing: the folder that the backups are in, or https://host/bucket/prefix."
            : found.Identity.Length == 0 ? "--identity is missing: the file with the private key (AGE-SECRET-KEY-1…) that the backups are sealed to."
            : word == TakeOut && found.To is null ? "--to is missing: a folder that does not exist yet."
            : null;
        if (fault is null)
            read = found;
        return read is not null;
    }

    public ReturnChoice Choice => new(
        Only is null or NoRecords ? FrozenSet<string>.Empty : FrozenSet.Create(Only.TrimEnd('/')), All: Only is null, LostFiles);

    /// <summary>The vault's settings; for a bucket the keys come from the environment, as other S3 tools take them.</summary>
    public (VaultSettings Settings, VaultCredentials? Credentials) ReadPlace()
    {
        if (!Uri.TryCreate(Vault, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
            return (new FileVaultSettings(Path.GetFullPath(Vault)), null);
        var parts = address.AbsolutePath.Trim('/').Split('/', 2);
        var prefix = parts.Length > 1 && parts[1].Length > 0 ? parts[1].TrimEnd('/') + "/" : "";
        var settings = new S3VaultSettings(
            new Uri(address.GetLeftPart(UriPartial.Authority)), Environment.GetEnvironmentVariable("AWS_REGION") ?? "us-east-1", parts[0], prefix);
        return (settings, new VaultCredentials(
            Environment.GetEnvironmentVariable("AWS_ACCESS_KEY_ID") ?? "", Environment.GetEnvironmentVariable("AWS_SECRET_ACCESS_KEY") ?? ""));
    }
}
