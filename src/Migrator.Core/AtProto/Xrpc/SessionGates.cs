using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// The locks that keep refreshing single-flight per account and server, however many clients there are. A fixed number is shared by
/// all accounts: two that fall on the same one merely take turns.
/// </summary>
internal sealed class SessionGates
{
    private readonly Gate[] _gates = [.. Enumerable.Range(0, 64).Select(_ => new Gate())];

    public Gate For(Uri service, Did did) => _gates[(uint)HashCode.Combine(service.Authority, did) % (uint)_gates.Length];

    internal sealed class Gate
    {
        public SemaphoreSlim Lock { get; } = new(1, 1);

        /// <summary>The refresh token that a server last called dead, so that waiting callers need not hear it again. Read under the lock.</summary>
        public string? DeadRefreshJwt { get; set; }
    }
}
