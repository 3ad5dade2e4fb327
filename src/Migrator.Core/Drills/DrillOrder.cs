using Migrator.Core.Age;
using Migrator.Core.Vaults;

namespace Migrator.Core.Drills;

/// <summary>Which snapshot is to be drilled. Vault and keys stay the caller's to dispose.</summary>
public sealed class DrillOrder
{
    public required IVault Vault { get; init; }

    /// <summary>Full name of the snapshot's manifest in the vault.</summary>
    public required string Snapshot { get; init; }

    /// <summary>What opens it: the private keys, held in memory only.</summary>
    public required IReadOnlyCollection<AgeIdentity> Identities { get; init; }

    /// <summary>
    /// A folder for drills alone, made if need be; each drill works in a folder of its own in it. Takes the account unsealed, its repo
    /// about six times and its blobs once.
    /// </summary>
    public required string WorkFolder { get; init; }

    /// <summary>How deep it goes at most. Without a sandbox it goes as deep as it can.</summary>
    public DrillDepth Deepest { get; init; } = DrillDepth.Sandbox;
}
