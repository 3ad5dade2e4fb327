using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Migrator.Core.Age;
using Migrator.Core.AtProto.Encoding;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// The place of one account in one vault, for one set of recipients: a folder with a name that says nothing. Other recipients get
/// another folder, because what was sealed to the old ones cannot be sealed again by a service that cannot read it.
/// </summary>
/// <param name="VaultId">Id of the vault, as its marker object has it.</param>
/// <param name="AccountId">Name of the folder: 26 characters of base32, random.</param>
/// <param name="Did">Whose backups these are.</param>
/// <param name="SealedTo">Fingerprint of the recipients: <see cref="FingerprintOf"/>.</param>
/// <param name="NamingKey">
/// 32 random bytes from which the names of objects are made. A secret: who has it can tell whether a blob that he knows is in the vault.
/// </param>
/// <param name="CreatedAt">When the first backup into it began.</param>
[SuppressMessage("Performance", "CA1819", Justification = "A key is bytes.")]
public sealed record AccountFolder(
    Guid VaultId, string AccountId, Did Did, string SealedTo, byte[] NamingKey, DateTimeOffset CreatedAt)
{
    private const int IdBytes = 16;
    private const int KeyBytes = 32;

    /// <summary>A folder with a new random name and key.</summary>
    public static AccountFolder Create(Guid vaultId, Did did, IReadOnlyCollection<X25519Recipient> recipients, DateTimeOffset now) => new(
        vaultId, Base32.Encode(RandomNumberGenerator.GetBytes(IdBytes)), did, FingerprintOf(recipients),
        RandomNumberGenerator.GetBytes(KeyBytes), now);

    /// <summary>The same 16 hex digits for the same set of recipients, whatever their order.</summary>
    public static string FingerprintOf(IReadOnlyCollection<X25519Recipient> recipients)
    {
        var lines = string.Join('\n', recipients.Select(recipient => recipient.ToString()).Distinct().Order(StringComparer.Ordinal));
        return Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(lines)))[..16];
    }

    /// <summary>Leaves the naming key out.</summary>
    public override string ToString() => $"{AccountId} in vault {VaultId}";
}
