using System.Security.Cryptography;
using Migrator.Core.Parity;

namespace Migrator.Core.Backups;

/// <summary>
/// A keyed hash over the parts of a snapshot beside repo and blobs. Kept in the index in place of the parts, which are sealed: with the key
/// of the account's folder equal parts are recognised, and without it nothing can be guessed from it.
/// </summary>
internal static class ContentMark
{
    public static string Of(AccountFolder folder, SourceState state, ManifestPreferences preferences)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, folder.NamingKey);
        Add(System.Text.Encoding.UTF8.GetBytes($"{state.Pds.Authority}\n{state.Handle}"));
        Add(CanonicalJson.Write(state.Identity.Document));
        Add(state.Identity.AuditLog is { } log ? CanonicalJson.Write(log) : []);
        Add(preferences.Value is { } value ? CanonicalJson.Write(value) : []);
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(ReadOnlySpan<byte> part)
        {
            hash.AppendData(SHA256.HashData(part));
        }
    }
}
