using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.Vaults;

namespace Migrator.Testing.Backups;

/// <summary>
/// A vault in memory that can be damaged: bytes flipped, objects lost, and troubles at a chosen moment. What the product's own vaults keep
/// to, their own tests show; this one is for what happens around them.
/// </summary>
public sealed class MemoryVault : IVault
{
    private readonly ConcurrentDictionary<string, (byte[] Bytes, DateTimeOffset At)> _objects = new(StringComparer.Ordinal);
    private int _puts;

    public MemoryVault(string name = "memory")
    {
        Name = name;
        _objects[VaultMarker.ObjectName] = (JsonSerializer.SerializeToUtf8Bytes(new VaultMarker(1, Id), JsonSerializerOptions.Web), DateTimeOffset.UnixEpoch);
    }

    public Guid Id { get; } = Guid.NewGuid();

    public string Name { get; }

    /// <summary>Called before each object is written and again when it is visible; throw to stop it there.</summary>
    public Action<MemoryVaultMoment, string, int>? Watch { get; set; }

    /// <summary>When what is written now was written.</summary>
    public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

    /// <summary>Thrown by every call, as long as it is set.</summary>
    public VaultException? Trouble { get; set; }

    public IReadOnlyCollection<string> Names => [.. _objects.Keys.Where(name => name != VaultMarker.ObjectName).Order(StringComparer.Ordinal)];

    public byte[] this[string name]
    {
        get => _objects[name].Bytes;
        set => _objects[name] = (value, DateTimeOffset.UnixEpoch);
    }

    /// <summary>All bytes of all objects.</summary>
    public long Bytes => _objects.Values.Sum(item => (long)item.Bytes.Length);

    public async Task<VaultReceipt> PutAsync(string name, Func<Stream, CancellationToken, Task> write, CancellationToken cancel)
    {
        Check(name);
        var number = Interlocked.Increment(ref _puts);
        if (_objects.ContainsKey(name)) throw Fault(VaultFault.AlreadyThere, name);
        Watch?.Invoke(MemoryVaultMoment.Before, name, number);
        using var bytes = new MemoryStream();
        await write(bytes, cancel);
        cancel.ThrowIfCancellationRequested();
        if (!_objects.TryAdd(name, (bytes.ToArray(), Now))) throw Fault(VaultFault.AlreadyThere, name);
        Watch?.Invoke(MemoryVaultMoment.After, name, number);
        return new VaultReceipt(name, bytes.Length, SHA256.HashData(bytes.ToArray()));
    }

    public Task<Stream> OpenAsync(string name, CancellationToken cancel)
    {
        Check(name);
        return Task.FromResult<Stream>(_objects.TryGetValue(name, out var found)
            ? new MemoryStream(found.Bytes, writable: false)
            : throw Fault(VaultFault.NotFound, name));
    }

    public async Task<Stream> OpenPartAsync(string name, long from, int length, CancellationToken cancel)
    {
        var stream = await OpenAsync(name, cancel);
        stream.Position = Math.Min(from, stream.Length);
        return stream;
    }

    public Task<VaultObject?> FindAsync(string name, CancellationToken cancel)
    {
        Check(name);
        return Task.FromResult(_objects.TryGetValue(name, out var found) ? new VaultObject(name, found.Bytes.Length, found.At) : null);
    }

    public async IAsyncEnumerable<VaultObject> ListAsync(string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (Trouble is not null) throw Trouble;
        await Task.CompletedTask;
        foreach (var (name, (bytes, at)) in _objects)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) yield return new VaultObject(name, bytes.Length, at);
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancel)
    {
        Check(name);
        _objects.TryRemove(name, out _);
        return Task.CompletedTask;
    }

    public Task<VaultTrial> TryOutAsync(CancellationToken cancel) => throw new NotSupportedException("Not for this one.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Check(string name)
    {
        if (Trouble is not null) throw Trouble;
        if (!VaultName.IsValid(name)) throw new ArgumentException(name, nameof(name));
    }

    private VaultException Fault(VaultFault fault, string name) => new(fault, $"{Name}: {name}: {fault}");
}

public enum MemoryVaultMoment
{
    Before,
    After,
}
