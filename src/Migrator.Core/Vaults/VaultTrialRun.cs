using System.Globalization;
using System.Security.Cryptography;

namespace Migrator.Core.Vaults;

/// <summary>What every vault must be able to do, tried on one small object.</summary>
/// <param name="vault">The vault.</param>
/// <param name="write">Writes an object; for a folder it makes the folder too, which an ordinary write does not.</param>
internal sealed class VaultTrialRun(
    IVault vault, Func<string, Func<Stream, CancellationToken, Task>, CancellationToken, Task<VaultReceipt>> write)
{
    public const string Prefix = "trial/";
    private const int Length = 40_000;

    private readonly List<VaultTrialStep> _steps = [];
    private readonly List<string> _remarks = [];
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Length);

    public string ObjectName { get; } = Prefix + Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture);

    public IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Tries one thing after another until one fails.</summary>
    /// <param name="cancel">Stops it.</param>
    /// <param name="more">What this kind of vault tries on top.</param>
    public async Task<IReadOnlyList<VaultTrialStep>> RunAsync(
        CancellationToken cancel, params IEnumerable<(string What, Func<CancellationToken, Task> Act)> more)
    {
        IEnumerable<(string What, Func<CancellationToken, Task> Act)> all =
        [
            ("Write an object", WriteAsync), ("Read it back", ReadBackAsync), ("Refuse to write it twice", WriteAgainAsync),
            ("List it", ListAsync), .. more, ("Delete it", DeleteAsync),
        ];
        foreach (var (what, act) in all)
        {
            if (!await StepAsync(what, act, cancel).ConfigureAwait(false)) break;
        }
        // After a failure the object may still be there; this last try of tidying up is no step of its own.
        if (_steps is [_, .., { Problem: not null }]) await TidyUpAsync(cancel).ConfigureAwait(false);
        return _steps;
    }

    private async Task<bool> StepAsync(string what, Func<CancellationToken, Task> act, CancellationToken cancel)
    {
        try
        {
            await act(cancel).ConfigureAwait(false);
            _steps.Add(new VaultTrialStep(what));
            return true;
        }
        catch (VaultException fault)
        {
            _steps.Add(new VaultTrialStep(what, fault));
            return false;
        }
    }

    private Task WriteAsync(CancellationToken cancel) =>
        write(ObjectName, (stream, stop) => stream.WriteAsync(_content, stop).AsTask(), cancel);

    private async Task ReadBackAsync(CancellationToken cancel)
    {
        var stream = await vault.OpenAsync(ObjectName, cancel).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var read = new byte[Length + 1];
            var count = await stream.ReadAtLeastAsync(read, read.Length, throwOnEndOfStream: false, cancel).ConfigureAwait(false);
            if (!read.AsSpan(0, count).SequenceEqual(_content))
                throw new VaultException(VaultFault.Corrupted, $"{vault.Name} gave back other bytes than it was given. Do not use it.");
        }
    }

    private async Task WriteAgainAsync(CancellationToken cancel)
    {
        try
        {
            await WriteAsync(cancel).ConfigureAwait(false);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.AlreadyThere)
        {
            return;
        }
        throw new VaultException(VaultFault.Refused, $"{vault.Name} took an object of a name that was taken already.");
    }

    private async Task ListAsync(CancellationToken cancel)
    {
        await foreach (var found in vault.ListAsync(ObjectName, cancel).ConfigureAwait(false))
        {
            if (found is { Length: Length } && found.Name == ObjectName) return;
        }
        throw new VaultException(VaultFault.Refused, $"{vault.Name} does not list an object that was just written.");
    }

    private async Task DeleteAsync(CancellationToken cancel)
    {
        try
        {
            await vault.DeleteAsync(ObjectName, cancel).ConfigureAwait(false);
        }
        catch (VaultException fault) when (fault.Fault == VaultFault.Refused)
        {
            // Who may only add can do no harm to what is there: a good choice, not a fault.
            _remarks.Add($"{vault.Name} does not let Migrator delete. Backups can be kept there, but retention rules free no room; the "
                + "object of this trial stays too.");
            return;
        }
        if (await vault.FindAsync(ObjectName, cancel).ConfigureAwait(false) is not null)
            throw new VaultException(VaultFault.Refused, $"{vault.Name} said that it deleted an object, and still has it.");
    }

    private async Task TidyUpAsync(CancellationToken cancel)
    {
        try
        {
            await vault.DeleteAsync(ObjectName, cancel).ConfigureAwait(false);
        }
        catch (VaultException)
        {
            // The fault that ended the trial is the one to tell.
        }
    }
}
