namespace Migrator.Core.Backups;

/// <summary>How much one pass of verification may take. At least one object is looked at in any case, so that passes get on.</summary>
/// <param name="Time">By the clock; null for no limit.</param>
/// <param name="Bytes">Stored bytes read; null for no limit.</param>
public sealed record VerifyBudget(TimeSpan? Time, long? Bytes)
{
    public static VerifyBudget Unlimited { get; } = new(null, null);

    /// <summary>The bytes for one pass, so that all of a vault is read again within so many days.</summary>
    /// <param name="totalBytes">In the vault now; it may grow meanwhile, so a twentieth is added.</param>
    /// <param name="days">1 or more.</param>
    /// <param name="passesPerDay">1 or more.</param>
    public static long BytesPerPass(long totalBytes, int days, int passesPerDay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(passesPerDay, 1);
        return (long)Math.Ceiling(totalBytes * 1.05 / ((double)days * passesPerDay));
    }
}

/// <summary>What one pass showed.</summary>
/// <param name="NextCursor">Where the next pass goes on; null when this one came to the end.</param>
/// <param name="Objects">How many were looked at.</param>
/// <param name="Bytes">How many stored bytes were read.</param>
/// <param name="Bad">What is damaged or missing; noted in the index already.</param>
/// <param name="Trouble">The vault could not be read on: nothing is said about what was not reached.</param>
public sealed record VerifyPass(string? NextCursor, int Objects, long Bytes, IReadOnlyList<ObjectCheck> Bad, Vaults.VaultException? Trouble);
