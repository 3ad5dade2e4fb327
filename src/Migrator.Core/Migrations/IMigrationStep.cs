namespace Migrator.Core.Migrations;

public enum Reversibility
{
    /// <summary>Reads only, or can be done any number of times.</summary>
    Repeatable,

    /// <summary>Changes something that a later act of ours can put back.</summary>
    Undoable,

    /// <summary>Cannot be taken back by Migrator alone.</summary>
    PointOfNoReturn,
}

/// <summary>
/// One step of a migration. The rule for each: probe, decide, act, record. A step may have been killed at any point of an
/// earlier run, so it first asks the outside world whether its effect is there already.
/// </summary>
public interface IMigrationStep
{
    StepName Name { get; }

    /// <summary>A few words for the list of steps.</summary>
    string Title { get; }

    /// <summary>One sentence that tells the person what happens here and what it changes.</summary>
    string Explanation { get; }

    Reversibility Reversibility { get; }

    /// <summary>Asks the world, changes nothing: is this step's effect there already?</summary>
    /// <returns>An outcome if there is nothing left to do (usually <see cref="StepOutcome.Done"/>), or null to run.</returns>
    Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct);

    Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct);
}
