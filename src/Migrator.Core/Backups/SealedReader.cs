using System.Collections.Concurrent;
using System.Security.Cryptography;
using Migrator.Core.Age;
using Migrator.Core.Vaults;

namespace Migrator.Core.Backups;

/// <summary>Opens objects of one vault with the keys given. Faults of the bytes come as <see cref="SnapshotFaultException"/>.</summary>
internal sealed class SealedReader(IVault vault, IReadOnlyCollection<AgeIdentity> identities) : IDisposable
{
    private const int MostHeader = 16 << 10;

    private readonly ConcurrentDictionary<string, AgeParts> _opened = new(StringComparer.Ordinal);
    private bool _isDisposed;

    public IVault Vault { get; } = vault;

    /// <summary>Some bytes out of the content of an object. Its header is opened only once.</summary>
    /// <param name="name">Full name in the vault.</param>
    /// <param name="storedLength">Bytes as stored.</param>
    /// <param name="offset">Where they begin, before sealing.</param>
    /// <param name="length">How many; memory grows with it.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<byte[]> ReadPartAsync(string name, long storedLength, long offset, int length, CancellationToken ct)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        try
        {
            if (!_opened.TryGetValue(name, out var parts))
            {
                var begin = await OpenStoredAsync(name, 0, MostHeader, ct).ConfigureAwait(false);
                await using (begin.ConfigureAwait(false))
                {
                    var made = await AgeDecryptor.OpenPartsAsync(begin, identities, ct).ConfigureAwait(false);
                    parts = _opened.GetOrAdd(name, made);
                    if (parts != made) made.Dispose(); // another was first
                }
            }
            return await parts.ReadAsync((from, count, cancel) => OpenStoredAsync(name, from, Math.Max(count, 1), cancel), storedLength, offset, length, ct)
                .ConfigureAwait(false);
        }
        catch (AgeFaultException fault)
        {
            throw Explain(fault, name);
        }
    }

    /// <summary>The content of an object, as a stream that throws when it turns out to be damaged.</summary>
    public async Task<Stream> OpenAsync(string name, CancellationToken ct)
    {
        var stored = await OpenStoredAsync(name, ct).ConfigureAwait(false);
        try
        {
            var content = await AgeDecryptor.OpenAsync(stored, identities, AgeForm.Binary, ct).ConfigureAwait(false);
            return new UnsealedStream(stored, content, name);
        }
        catch (AgeFaultException fault)
        {
            await stored.DisposeAsync().ConfigureAwait(false);
            throw Explain(fault, name);
        }
        catch
        {
            await stored.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The whole content of a small object.</summary>
    /// <param name="name">Full name in the vault.</param>
    /// <param name="expected">What the stored bytes must be; null when nobody knows, as for a manifest.</param>
    /// <param name="maxLength">Most bytes of content.</param>
    /// <param name="ct">Stops it.</param>
    public async Task<byte[]> ReadAsync(string name, SealedObject? expected, int maxLength, CancellationToken ct)
    {
        var stored = await ReadStoredAsync(name, maxLength, ct).ConfigureAwait(false);
        if (expected is not null && Convert.ToHexStringLower(SHA256.HashData(stored)) != expected.Sha256)
            throw new SnapshotFaultException(SnapshotFault.Damaged, name, "its stored bytes are not those that were stored");
        using var content = new MemoryStream(stored.Length);
        try
        {
            using var input = new MemoryStream(stored);
            await AgeDecryptor.OpenToAsync(input, content, identities, AgeForm.Binary, ct).ConfigureAwait(false);
        }
        catch (AgeFaultException fault)
        {
            throw Explain(fault, name);
        }
        return content.ToArray();
    }

    /// <summary>Wipes the keys of the objects that were opened in parts.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var parts in _opened.Values) parts.Dispose();
    }

    public Task<Stream> OpenStoredAsync(string name, CancellationToken ct) => ExplainAsync(name, () => Vault.OpenAsync(name, ct));

    private Task<Stream> OpenStoredAsync(string name, long from, int length, CancellationToken ct) =>
        ExplainAsync(name, () => Vault.OpenPartAsync(name, from, length, ct));

    private static async Task<Stream> ExplainAsync(string name, Func<Task<Stream>> open)
    {
        try
        {
            return await open().ConfigureAwait(false);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.NotFound)
        {
            throw new SnapshotFaultException(SnapshotFault.Missing, name, "it is not in the vault", fault);
        }
    }

    private async Task<byte[]> ReadStoredAsync(string name, int maxLength, CancellationToken ct)
    {
        // Sealing adds a header and 16 bytes to each 64 KiB: far below a sixteenth and 64 KiB.
        var most = maxLength + maxLength / 16 + (1 << 16);
        var stored = await OpenStoredAsync(name, ct).ConfigureAwait(false);
        await using (stored.ConfigureAwait(false))
        {
            using var bytes = new MemoryStream();
            var piece = new byte[1 << 16];
            int count;
            while ((count = await stored.ReadAsync(piece, ct).ConfigureAwait(false)) > 0)
            {
                if (bytes.Length + count > most) throw new SnapshotFaultException(SnapshotFault.TooLarge, name, $"it is larger than {most} bytes");
                bytes.Write(piece, 0, count);
            }
            return bytes.ToArray();
        }
    }

    internal static SnapshotFaultException Explain(AgeFaultException fault, string name) => fault.Fault == AgeFault.NoMatch
        ? new SnapshotFaultException(SnapshotFault.WrongKey, name, "it is not sealed to the key given", fault)
        : new SnapshotFaultException(SnapshotFault.Damaged, name, $"its stored bytes are damaged ({fault.Detail})", fault);
}
