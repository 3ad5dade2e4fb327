using System.Collections.Concurrent;
using Migrator.Core.Migrations;

namespace Migrator.Core.Drills;

/// <summary>The secrets of a drill: all made for it, worth nothing outside its sandbox, and gone with it.</summary>
internal sealed class MemorySecrets : ISecretStore
{
    private readonly ConcurrentDictionary<SecretName, string> _values = new();

    public Task<string?> ReadAsync(MigrationId id, SecretName name, CancellationToken ct) =>
        Task.FromResult(_values.GetValueOrDefault(name));

    public Task WriteAsync(MigrationId id, SecretName name, string value, CancellationToken ct)
    {
        _values[name] = value;
        return Task.CompletedTask;
    }

    public Task EraseAsync(MigrationId id, SecretName name, CancellationToken ct)
    {
        _values.TryRemove(name, out _);
        return Task.CompletedTask;
    }

    public Task EraseAllAsync(MigrationId id, CancellationToken ct)
    {
        _values.Clear();
        return Task.CompletedTask;
    }
}
