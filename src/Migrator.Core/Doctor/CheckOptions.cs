using Migrator.Core.AtProto.Crypto;

namespace Migrator.Core.Doctor;

/// <summary>What to look at, beyond what is always looked at.</summary>
public sealed record CheckOptions
{
    /// <summary>Read every file (blob) whole and hash it, instead of asking a sample whether it is there.</summary>
    public bool ReadBlobs { get; init; }

    /// <summary>For a CAR file: ask nobody. The signature is then checked only where <see cref="Key"/> is given.</summary>
    public bool Offline { get; init; }

    /// <summary>For a CAR file: the key that must have signed it, instead of those that the identity names.</summary>
    public PublicKey? Key { get; init; }

    /// <summary>For an account: one more server to ask about it.</summary>
    public Uri? OtherHost { get; init; }

    /// <summary>Where repos of living accounts are kept while they are read; made and removed by the caller.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>Largest repo that is downloaded, in bytes.</summary>
    public long LargestRepo { get; init; } = 8L << 30;
}

/// <summary>How far a check is.</summary>
/// <param name="Doing">What is done now, in a few words.</param>
/// <param name="Total">0 where it is not known.</param>
/// <param name="InBytes">The two numbers are bytes, not pieces.</param>
public readonly record struct CheckProgress(string Doing, long Done = 0, long Total = 0, bool InBytes = false);
