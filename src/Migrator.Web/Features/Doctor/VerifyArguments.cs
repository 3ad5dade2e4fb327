using System.Diagnostics.CodeAnalysis;
using Migrator.Core.AtProto.Crypto;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Features.Doctor;

/// <summary>What stands after <c>migrator verify</c>.</summary>
internal sealed record VerifyArguments(string Subject, bool Json, bool Blobs, bool Offline, PublicKey? Key, Uri? OtherHost)
{
    public bool IsFile => Subject.EndsWith(".car", StringComparison.OrdinalIgnoreCase) || Subject.Contains('/') || File.Exists(Subject);

    /// <summary>Nobody is asked at all.</summary>
    public bool NeedsNoOne => IsFile && (Offline || (Key is not null && !Blobs));

    /// <param name="args">After the command's own word. Settings (<c>--Migrator:…=…</c>) are passed over here.</param>
    public static bool TryRead(ReadOnlySpan<string> args, [NotNullWhen(true)] out VerifyArguments? read, [NotNullWhen(false)] out string? fault)
    {
        (read, fault) = (null, null);
        var found = new VerifyArguments("", false, false, false, null, null);
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = Split(args[i]);
            if (name is "--key" or "--other-host") value ??= i + 1 < args.Length ? args[++i] : null;
            switch (name)
            {
                case "--json":
                    found = found with { Json = true };
                    break;
                case "--blobs":
                    found = found with { Blobs = true };
                    break;
                case "--offline":
                    found = found with { Offline = true };
                    break;
                case "--key" when PublicKey.TryParseDidKey(value, out var key):
                    found = found with { Key = key };
                    break;
                case "--key":
                    fault = "--key takes a public key, such as did:key:zQ3sh…";
                    return false;
                case "--other-host" when ServerAddress.TryRead(value, out var host):
                    found = found with { OtherHost = host };
                    break;
                case "--other-host":
                    fault = "--other-host takes the address of a server, such as https://pds.example.com";
                    return false;
                case not null when name.StartsWith("--Migrator:", StringComparison.OrdinalIgnoreCase):
                    if (value is null) i++;
                    break;
                case not null when name.StartsWith('-'):
                    fault = $"{name} is not known here.";
                    return false;
                default:
                    if (found.Subject.Length > 0) fault = "Give one file, handle or DID.";
                    if (fault is not null) return false;
                    found = found with { Subject = args[i] };
                    break;
            }
        }

        fault = found.Subject.Length == 0 ? "Give a CAR file, a handle or a DID."
            : found is { Offline: true, IsFile: false } ? "--offline is for CAR files: a living account is checked by asking its servers."
            : found is { Offline: true, Blobs: true } ? "--blobs asks the account's server for its files, and --offline asks nobody."
            : found is { Key: not null, IsFile: false } ? "--key is for CAR files: for an account the key is looked up."
            : found is { OtherHost: not null, IsFile: true } ? "--other-host is for accounts, not for files."
            : null;
        if (fault is null) read = found;
        return read is not null;
    }

    private static (string Name, string? Value) Split(string arg)
    {
        var at = arg.StartsWith("--", StringComparison.Ordinal) ? arg.IndexOf('=') : -1;
        return at < 0 ? (arg, null) : (arg[..at], arg[(at + 1)..]);
    }
}
