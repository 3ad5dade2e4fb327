using System.Security.Cryptography;
using System.Text;
using Migrator.Core.AtProto.Crypto;

namespace Migrator.Jobs.Storage;

/// <summary>
/// The key pair of this instance, made at the first start. All processes on one database share it; its private half lies there sealed.
/// It is not a key of any account: it only says "this report, this manifest was written here".
/// </summary>
public sealed class InstanceKey(Database database, SecretVault vault, TimeProvider time) : ISigner, IDisposable
{
    private static readonly SecretAddress Address = new("instance_key", "1", "", "sealed");
    private PrivateKey? _key;
    private string? _keyId;

    public PublicKey PublicKey => Key.PublicKey;

    public string DidKey => Key.PublicKey.DidKey;

    public string KeyId => _keyId ?? throw NotOpen();

    private PrivateKey Key => _key ?? throw NotOpen();

    public byte[] Sign(ReadOnlySpan<byte> data) => Key.Sign(data);

    /// <summary>Reads the key, or makes it where there is none. The vault must be open.</summary>
    /// <exception cref="SealBrokenException">The stored key does not open.</exception>
    public async Task OpenAsync(CancellationToken ct)
    {
        var key = await database.WriteAsync(FindOrMakeAsync, ct);
        _keyId = JsonWebKeys.Thumbprint(key.PublicKey);
        _key = key;
    }

    public void Dispose() => _key?.Dispose();

    private static InvalidOperationException NotOpen() => new("The instance's key is not open yet: the start has not got that far.");

    private async Task<PrivateKey> FindOrMakeAsync(DbSession db)
    {
        // Processes that start together on an empty database must not each make a key.
        if (db.Provider == DatabaseProvider.Postgres)
            await db.ExecuteAsync("LOCK TABLE instance_key IN EXCLUSIVE MODE");
        if (await db.FirstOrDefaultAsync<byte[]>("SELECT sealed FROM instance_key WHERE id = 1") is { } stored)
            return Open(stored);

        var made = PrivateKey.Generate(KeyCurve.P256);
        var bytes = Encoding.ASCII.GetBytes(made.RevealMultibase());
        try
        {
            var row = new { made.PublicKey.DidKey, vault.KeyId, Sealed = vault.Seal(Address, bytes), Now = time.GetUtcNow().ToUnixTimeMilliseconds() };
            await db.ExecuteAsync(
                "INSERT INTO instance_key (id, did_key, key_id, sealed, created_at) VALUES (1, @DidKey, @KeyId, @Sealed, @Now)", row);
            return made;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private PrivateKey Open(byte[] stored)
    {
        var bytes = vault.Open(Address, stored);
        try
        {
            return PrivateKey.TryParse(Encoding.ASCII.GetString(bytes), out var key) ? key : throw new SealBrokenException(Address);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
