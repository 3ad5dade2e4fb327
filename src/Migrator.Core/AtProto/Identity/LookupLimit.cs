namespace Migrator.Core.AtProto.Identity;

/// <summary>A look-up's own deadline, told apart from the caller's cancellation.</summary>
internal sealed class LookupLimit : IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _either;

    public LookupLimit(IdentityOptions options, TimeProvider time, CancellationToken cancel)
    {
        _limit = new CancellationTokenSource(options.LookupTimeout, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, cancel);
    }

    public CancellationToken Token => _either.Token;

    public bool RanOut => _limit.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
