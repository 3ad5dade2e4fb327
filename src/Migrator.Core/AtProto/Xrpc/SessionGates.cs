using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// The locks that keep refreshing single-flight per account and server, however many clients there are. Each account has its own, so a
/// server that answers slowly holds up nobody else; those that nobody uses are forgotten when there are many.
/// </summary>
internal sealed class SessionGates
{
    private const int MaxIdle = 1024;

    private readonly Dictionary<(string Service, Did Did), Gate> _gates = [];

    /// <summary>Waits for the account's turn; dispose to give it on.</summary>
    public async ValueTask<Gate> EnterAsync(Uri service, Did did, CancellationToken cancel)
    {
        var gate = Take((service.Authority, did));
        try
        {
            await gate.Turn.WaitAsync(cancel).ConfigureAwait(false);
            return gate;
        }
        catch
        {
            Leave(gate);
            throw;
        }
    }

    private Gate Take((string, Did) key)
    {
        lock (_gates)
        {
            if (!_gates.TryGetValue(key, out var gate))
            {
                if (_gates.Count >= MaxIdle)
                {
                    foreach (var (other, known) in _gates.ToList())
                    {
                        if (known.Users == 0) _gates.Remove(other);
                    }
                }
                _gates[key] = gate = new Gate(this);
            }
            gate.Users++;
            return gate;
        }
    }

    private void Leave(Gate gate)
    {
        lock (_gates) gate.Users--;
    }

    internal sealed class Gate(SessionGates owner) : IDisposable
    {
        internal SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>Callers inside or waiting. Guarded by the owner's lock.</summary>
        internal int Users { get; set; }

        /// <summary>The refresh token that the server last called dead, so that those who waited need not hear it again.</summary>
        public string? DeadRefreshJwt { get; set; }

        public void Dispose()
        {
            Turn.Release();
            owner.Leave(this);
        }
    }
}
