using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>A sign-in that lives as long as this object and is written nowhere.</summary>
public sealed class SessionInMemory(SessionTokens tokens) : ISessionVault
{
    private volatile SessionTokens? _tokens = tokens;

    public ValueTask<SessionTokens?> ReadAsync(CancellationToken cancel) => ValueTask.FromResult(_tokens);

    public ValueTask WriteAsync(SessionTokens tokens, CancellationToken cancel)
    {
        _tokens = tokens;
        return ValueTask.CompletedTask;
    }

    public void Forget() => _tokens = null;
}
