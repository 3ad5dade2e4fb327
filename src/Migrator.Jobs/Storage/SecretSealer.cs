using System.Security.Cryptography;

namespace Migrator.Jobs.Storage;

/// <summary>A sealed value did not open: another key, another place, or changed bytes.</summary>
public sealed class SealBrokenException(SecretAddress address, Exception? inner = null)
    : Exception(
        $"The sealed value {address.Table}/{address.Row}/{address.Column} cannot be opened: "
        + "it was changed, moved, or sealed with another key.",
        inner);

/// <summary>
/// Seals values with AES-256-GCM: a fresh key for each, itself sealed with the master key. Layout: version (1 byte, 1), nonce (12) and
/// sealed row key (32 + 16 tag), nonce (12) and sealed value (n + 16 tag). Both seals are bound to the address.
/// </summary>
public sealed class SecretSealer(MasterKey master)
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int KeyPart = NonceLength + MasterKey.Length + TagLength;
    private const int Overhead = 1 + KeyPart + NonceLength + TagLength;

    public string KeyId => master.Id;

    public byte[] Seal(SecretAddress address, ReadOnlySpan<byte> value)
    {
        var associated = address.ToAssociatedData(Version);
        var result = new byte[Overhead + value.Length];
        result[0] = Version;
        Span<byte> rowKey = stackalloc byte[MasterKey.Length];
        try
        {
            RandomNumberGenerator.Fill(rowKey);
            Encrypt(master.WrappingKey, rowKey, result.AsSpan(1, KeyPart), associated);
            Encrypt(rowKey, value, result.AsSpan(1 + KeyPart), associated);
            return result;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rowKey);
        }
    }

    /// <exception cref="SealBrokenException">It does not open here.</exception>
    public byte[] Open(SecretAddress address, ReadOnlySpan<byte> sealedValue)
    {
        if (sealedValue.Length < Overhead || sealedValue[0] != Version)
            throw new SealBrokenException(address);
        var associated = address.ToAssociatedData(Version);
        var value = new byte[sealedValue.Length - Overhead];
        Span<byte> rowKey = stackalloc byte[MasterKey.Length];
        try
        {
            Decrypt(master.WrappingKey, sealedValue.Slice(1, KeyPart), rowKey, associated);
            Decrypt(rowKey, sealedValue[(1 + KeyPart)..], value, associated);
            return value;
        }
        catch (AuthenticationTagMismatchException problem)
        {
            throw new SealBrokenException(address, problem);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(rowKey);
        }
    }

    private static void Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, Span<byte> target, byte[] associated)
    {
        using var aes = new AesGcm(key, TagLength);
        RandomNumberGenerator.Fill(target[..NonceLength]);
        aes.Encrypt(target[..NonceLength], plain, target[NonceLength..^TagLength], target[^TagLength..], associated);
    }

    private static void Decrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sealedPart, Span<byte> target, byte[] associated)
    {
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(sealedPart[..NonceLength], sealedPart[NonceLength..^TagLength], sealedPart[^TagLength..], target, associated);
    }
}
