using System.Diagnostics.CodeAnalysis;
using Migrator.Core.Vaults;

namespace Migrator.Web.Features.Backups;

/// <summary>What stands after <c>migrator snapshots</c> and <c>migrator take-out</c>.</summary>
/// <param name="Vault">A folder, or the address of a bucket: <c>https://host/bucket/prefix</c>.</param>
/// <param name="Identity">File with the private age key.</param>
/// <param name="Account">DID or handle; null for all.</param>
/// <param name="At">The newest snapshot that is not later than this; null for the newest of all.</param>
/// <param name="To">Folder that does not exist yet.</param>
internal sealed record VaultArguments(string Vault, string Identity, string? Account, DateTimeOffset? At, string? To, bool Json)
{
    /// <param name="takesOut">True for <c>take-out</c>, which needs <c>--to</c>.</param>
    public static bool TryRead(
        ReadOnlySpan<string> args, bool takesOut, [NotNullWhen(true)] out VaultArguments? read, [NotNullWhen(false)] out string? fault)
    {
        read = null;
        var found = new VaultArguments("", "", null, null, null, false);
        for (var i = 0; i < args.Length; i++)
        {
            var at = args[i].IndexOf('=', StringComparison.Ordinal);
            var (name, value) = at < 0 ? (args[i], null) : (args[i][..at], args[i][(at + 1)..]);
            if (name == "--json")
            {
                found = found with { Json = true };
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
                case "--at" when takesOut && DateTimeOffset.TryParse(value, null, System.Globalization.DateTimeStyles.AssumeUniversal, out var time):
                    // A bare day means all of it.
                    found = found with { At = value.Length <= 10 ? time.AddDays(1).AddTicks(-1) : time };
                    break;
                case "--at" when takesOut:
                    fault = "--at takes a day or a time, such as 2026-11-17 or 2026-11-17T08:00Z.";
                    return false;
                case "--to" when takesOut:
                    found = found with { To = Path.GetFullPath(value) };
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
            : takesOut && found.To is null ? "--to is missing: a folder that does not exist yet."
            : null;
        if (fault is null)
            read = found;
        return read is not null;
    }

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
