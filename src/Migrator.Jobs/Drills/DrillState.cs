namespace Migrator.Jobs.Drills;

/// <summary>Where a drill stands. Stored by name: never change one.</summary>
public enum DrillState
{
    /// <summary>Its turn comes: at most one drill runs on a machine at a time.</summary>
    Queued,

    Running,

    /// <summary>Everything in the snapshot is there and right.</summary>
    Proven,

    /// <summary>It was begun and could not be brought to its end. Says nothing bad of the snapshot.</summary>
    NotProven,

    /// <summary>Something in the snapshot is damaged, missing or wrong.</summary>
    Damaged,

    /// <summary>It never came to look at the snapshot: no key, no vault, or Migrator was stopped each time. Says nothing bad of it.</summary>
    CouldNotRun,
}

/// <summary>How often an account's newest snapshot is drilled. Stored by name.</summary>
public enum DrillEvery
{
    Off,
    Weekly,
    Monthly,
}

/// <summary>Where the key for a drill comes from. Stored by name.</summary>
public enum DrillKeySource
{
    /// <summary>The memory of this process, for this one drill.</summary>
    Session,

    /// <summary>It is kept here, sealed, because a person chose so.</summary>
    Escrow,
}
