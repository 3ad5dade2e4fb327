using System.Security.Cryptography;
using System.Text;

namespace Migrator.Jobs.Storage;

/// <summary>
/// The key that wraps the keys of all sealed rows: 32 bytes, kept in a file and never in the database, so that a copy of the database
/// alone opens nothing. Its text is base64.
/// </summary>
public sealed class MasterKey : IDisposable
{
    public const int Length = 32;

    private readonly byte[] _wrapping;

    private MasterKey(byte[] bytes)
    {
        _wrapping = HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, Length, info: "migrator secret wrapping v1"u8.ToArray());
        Id = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, 8, info: "migrator key id v1"u8.ToArray()));
    }

    /// <summary>16 hex digits that name the key without giving anything of it away.</summary>
    public string Id { get; }

    /// <summary>Encrypts rows' keys.</summary>
    internal ReadOnlySpan<byte> WrappingKey => _wrapping;

    /// <exception cref="StartRefusedException">The file holds no such key, or cannot be read.</exception>
    public static MasterKey Read(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file, Encoding.ASCII).Trim();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The master key {file} cannot be read: {problem.Message} Nothing was changed.", problem);
        }

        var bytes = new byte[Length];
        try
        {
            if (text.Length > 64 || !Convert.TryFromBase64String(text, bytes, out var read) || read != Length)
                throw new StartRefusedException(
                    $"The master key file {file} does not hold {Length} bytes in base64. Put back the file as it was; do not make a new "
                    + "one: what was sealed with the old key could not be opened any more.");
            return new MasterKey(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Makes a key and its file, readable for this user only. An existing file is never overwritten.</summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static MasterKey CreateFile(string file)
    {
        var bytes = RandomNumberGenerator.GetBytes(Length);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var stream = new FileStream(file, options);
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes) + "\n"));
            stream.Flush(flushToDisk: true);
            return new MasterKey(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_wrapping);

    public override string ToString() => nameof(MasterKey);
}
