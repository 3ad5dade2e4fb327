using Migrator.Core.Migrations.Gathering;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Puts the account together from everything that was named, and says by name what is missing, before anything is changed.
/// </summary>
public sealed class GatherSourcesStep(Gatherer gatherer) : IMigrationStep
{
    public StepName Name => StepName.GatherSources;

    public string Title => "Put the account together";

    public string Explanation =>
        "Opens everything you named, checks every signature and every file's fingerprint, and says what is missing. Changes nothing.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (await gatherer.GatherAsync(context, Name, ct) is { } trouble)
            return trouble;
        var gathered = context.Progress.Restore!.Gathered!;
        if (BlobProblems.Ask(context, await BlobProblems.ListAsync(context, ct)) is { } ask)
            return ask;
        var left = gathered.Blobs == gathered.BlobsFound
            ? ""
            : $" {gathered.Blobs - gathered.BlobsFound:N0} files are in none of your backups; you agreed to go on without them.";
        return new StepOutcome.Done(
            $"{gathered.Records:N0} records as of {gathered.TakenAt:yyyy-MM-dd HH:mm} UTC and {gathered.BlobsFound:N0} of "
            + $"{gathered.Blobs:N0} files are there.{left}");
    }
}
