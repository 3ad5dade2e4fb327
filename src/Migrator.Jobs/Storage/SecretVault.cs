using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Migrator.Jobs.Storage;

/// <summary>
/// Finds the master key at the start and proves it on the database's check row before anything is sealed or opened.
/// A missing or wrong key stops the start: a new key over old secrets would only make their loss final.
/// </summary>
public sealed class SecretVault(Database database, IOptions<StorageOptions> options, ILogger<SecretVault> log) : IDisposable
{
    private static readonly SecretAddress CheckAddress = new("key_check", "1", "", "sealed");
    private MasterKey? _key;
    private SecretSealer? _sealer;

    /// <summary>Null until <see cref="OpenAsync"/> went well.</summary>
    public string? KeyId => _sealer?.KeyId;

    /// <exception cref="InvalidOperationException">The vault is not open: the start has not got that far.</exception>
    internal SecretSealer Sealer => _sealer ?? throw new InvalidOperationException("The secret vault is not open yet.");

    /// <summary>Seals a value that is kept outside the database.</summary>
    /// <exception cref="InvalidOperationException">The vault is not open.</exception>
    public byte[] Seal(SecretAddress address, ReadOnlySpan<byte> value) => Sealer.Seal(address, value);

    /// <exception cref="SealBrokenException">It does not open here.</exception>
    /// <exception cref="InvalidOperationException">The vault is not open.</exception>
    public byte[] Open(SecretAddress address, ReadOnlySpan<byte> sealedValue) => Sealer.Open(address, sealedValue);

    /// <exception cref="StartRefusedException">The key is missing, unreadable or another one.</exception>
    public Task OpenAsync(CancellationToken ct) => database.WriteAsync(FindAndProveAsync, ct);

    public void Dispose() => _key?.Dispose();

    private async Task FindAndProveAsync(DbSession db)
    {
        // Workers that start together on an empty database must not each make a key.
        if (db.Provider == DatabaseProvider.Postgres)
            await db.ExecuteAsync("LOCK TABLE key_check IN EXCLUSIVE MODE");
        var check = await db.FirstOrDefaultAsync<CheckRow>("SELECT key_id, sealed FROM key_check WHERE id = 1");
        var key = Find(check);
        var sealer = new SecretSealer(key);
        if (check is null)
        {
            await db.ExecuteAsync(
                "INSERT INTO key_check (id, key_id, sealed) VALUES (1, @KeyId, @Sealed)",
                new { sealer.KeyId, Sealed = sealer.Seal(CheckAddress, "migrator"u8) });
        }
        else
        {
            Prove(sealer, check);
        }

        _key = key;
        _sealer = sealer;
    }

    private MasterKey Find(CheckRow? check)
    {
        var file = options.Value.MasterKeyPath;
        if (File.Exists(file))
        {
            const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & others) != 0)
                Log.MasterKeyReadable(log, file);
            return MasterKey.Read(file);
        }

        if (check is not null)
            throw new StartRefusedException(
                $"The master key {file} is missing, but the database holds secrets sealed with it (key {check.KeyId}). Put the file back "
                + "from your copy. No new key was made. If the key is lost for good, stored sign-ins cannot be opened any more: the "
                + "operations guide says how to start over.");
        if (options.Value.MasterKeyFile is not null)
            throw new StartRefusedException(
                $"Migrator:MasterKeyFile names {file}, which does not exist. "
                + $"Make it with: head -c 32 /dev/urandom | base64 > {file}; chmod 600 {file}");
        var key = MasterKey.CreateFile(file);
        Log.MasterKeyMade(log, file);
        return key;
    }

    private void Prove(SecretSealer sealer, CheckRow check)
    {
        try
        {
            sealer.Open(CheckAddress, check.Sealed);
        }
        catch (SealBrokenException problem)
        {
            throw new StartRefusedException(
                $"The master key {options.Value.MasterKeyPath} (key {sealer.KeyId}) is not the one this database was sealed with "
                + $"(key {check.KeyId}). Put back the right file. Nothing was changed.",
                problem);
        }
    }

    private sealed class CheckRow
    {
        public string KeyId { get; init; } = "";

        public byte[] Sealed { get; init; } = [];
    }
}
