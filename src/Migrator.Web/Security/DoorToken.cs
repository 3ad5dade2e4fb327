using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Migrator.Web.Security;

/// <summary>Random secrets of the door (links, sessions, API tokens) and the form in which they are kept: only as a hash.</summary>
public static class DoorToken
{
    /// <summary>256 random bits as base64url: 43 characters.</summary>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>SHA-256 as lower-case hex. A fast hash is enough: the input has 256 bits of entropy.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    public static bool HashEquals(string hash, string otherHash) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(hash), Encoding.ASCII.GetBytes(otherHash));
}
