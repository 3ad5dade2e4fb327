using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Migrator.Web.Hosting;

namespace Migrator.Web.Security;

/// <summary>
/// The token for programs that use the API: <c>Authorization: Bearer …</c>. Made on first start and kept in the data folder (mode 0600),
/// where a script of the same user can read it. Delete the file, or run <c>migrator token</c>, to make a new one.
/// </summary>
public sealed class ApiToken(WebOptions options)
{
    private const int Bytes = 32;

    public string Path { get; } = System.IO.Path.Combine(options.DataFolder, "api-token");

    public void CreateIfMissing()
    {
        if (PrivateFile.Read(Path) is null or "")
            Replace();
    }

    /// <summary>Makes a new token; the one before is refused from now on.</summary>
    public void Replace() => PrivateFile.Write(Path, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes)) + "\n");

    public bool Matches(string presented) =>
        PrivateFile.Read(Path)?.Trim() is { Length: > 0 } token && CryptographicOperations.FixedTimeEquals(Hash(token), Hash(presented));

    /// <summary>Equal lengths for the comparison, whatever was presented.</summary>
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
