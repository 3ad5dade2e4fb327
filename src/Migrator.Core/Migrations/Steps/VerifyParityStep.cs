namespace Migrator.Core.Migrations.Steps;

/// <summary>The first proof, before the person is asked for the go.</summary>
public sealed class VerifyParityStep(Prover prover) : IMigrationStep
{
    public StepName Name => StepName.VerifyParity;

    public string Title => "Prove that nothing is missing";

    public string Explanation => "Reads everything back from the new server and compares it, record by record and file by file.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (await prover.ProveAsync(context, Name, ct) is { } trouble)
            return trouble;
        var parity = context.Progress.Parity!;
        return new StepOutcome.Done($"{parity.Records:N0} records and {parity.Blobs:N0} files are equal on both servers.");
    }
}
