using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Vaults;

/// <summary>
/// Makes calls to a store: a few tries with growing pauses when trouble may pass, the pause that the store asks for, and a name for what
/// stays. A pause longer than <see cref="LongestPause"/> is not waited for here but told to the caller, and to all other callers of that
/// host in this process.
/// </summary>
internal sealed class S3Caller(
    string vault, Uri endpoint, HostGovernor governor, IOptions<NetworkOptions> options, TimeProvider time, ILogger log)
{
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PauseWhenNoneIsNamed = TimeSpan.FromMinutes(1);
    private const int Tries = 5;

    public TimeProvider Time => time;

    /// <summary>Makes a call. It may be made several times.</summary>
    /// <param name="what">For the log: <c>PutObject</c>.</param>
    /// <param name="call">Makes the call anew, with bodies from their beginning. Is told whether an earlier try may have worked.</param>
    /// <param name="cancel">Stops it.</param>
    public async Task<T> CallAsync<T>(string what, Func<bool, CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        var outcomeUnknown = false;
        for (var attempt = 1; ; attempt++)
        {
            await KeepAwayAsync(cancel).ConfigureAwait(false);
            try
            {
                return await call(outcomeUnknown, cancel).ConfigureAwait(false);
            }
            catch (Exception fault) when (S3Faults.IsOne(fault) && !cancel.IsCancellationRequested)
            {
                var known = S3Faults.Judge(fault, vault, time.GetUtcNow());
                outcomeUnknown |= known.OutcomeUnknown;
                await PauseOrThrowAsync(what, known, attempt, cancel).ConfigureAwait(false);
            }
        }
    }

    public Task<T> CallAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancel) =>
        CallAsync(what, (_, stop) => call(stop), cancel);

    /// <summary>Waits after the fault of a try, or throws it when another try is of no use.</summary>
    public async Task PauseOrThrowAsync(string what, S3Fault fault, int attempt, CancellationToken cancel)
    {
        if (!fault.MayHelpToTryAgain) throw fault.Exception;
        // The governor cuts a time that no server can mean.
        DateTimeOffset? until = fault.WaitUntil is { } named ? governor.Block(endpoint, named) : null;
        var delay = until - time.GetUtcNow() is { } asked && asked > TimeSpan.Zero ? asked : Growing(attempt);
        if (attempt >= Tries || delay > LongestPause) throw GivenUp(fault.Exception, until);
        log.TryingAgain(vault, what, fault.Code, attempt + 1, delay);
        await Task.Delay(delay, time, cancel).ConfigureAwait(false);
    }

    private VaultException GivenUp(VaultException fault, DateTimeOffset? until) => fault.Fault != VaultFault.Throttled
        ? fault : new VaultException(fault.Fault, fault.Message) { RetryAt = until ?? time.GetUtcNow() + PauseWhenNoneIsNamed };

    // Another caller may have been asked to stay away.
    private async Task KeepAwayAsync(CancellationToken cancel)
    {
        if (governor.BlockedUntil(endpoint) is not { } until) return;
        var delay = until - time.GetUtcNow();
        if (delay > LongestPause)
        {
            throw new VaultException(VaultFault.Throttled, $"{vault} asked for a pause. Migrator goes on after it.") { RetryAt = until };
        }
        if (delay > TimeSpan.Zero) await Task.Delay(delay, time, cancel).ConfigureAwait(false);
    }

    // Up to half is added at random, so that many callers don't come back in the same moment.
    private TimeSpan Growing(int attempt) =>
        options.Value.RetryDelay * Math.Pow(2, attempt - 1) * (1 + (Random.Shared.NextDouble() / 2));
}
