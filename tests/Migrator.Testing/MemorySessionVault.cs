using System.Collections.Concurrent;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Testing;

/// <summary>Keeps a session in memory and remembers every pair that was written.</summary>
public sealed class MemorySessionVault(SessionTokens? tokens) : ISessionVault
{
    private readonly ConcurrentQueue<SessionTokens> _written = new();
    private volatile SessionTokens? _tokens = tokens;

    public IReadOnlyList<SessionTokens> Written => [.. _written];

    public ValueTask<SessionTokens?> ReadAsync(CancellationToken cancel) => ValueTask.FromResult(_tokens);

    public ValueTask WriteAsync(SessionTokens tokens, CancellationToken cancel)
    {
        _written.Enqueue(tokens);
        _tokens = tokens;
        return ValueTask.CompletedTask;
    }
}
