using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// The proof that must pass before the identity is changed: same commit on both sides, every file served by the new server.
/// </summary>
public sealed class VerifyFinalParityStep(Prover prover, Replicator replicator) : IMigrationStep
{
    public StepName Name => StepName.VerifyFinalParity;

    public string Title => "Prove it once more";

    public string Explanation => "Compares both servers a last time. The identity is changed only if they are equal.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var source = await (await replicator.SourceAsync(context, ct)).ReadHeadAsync(ct);
        if (!source.IsOk)
            return source.Error.ToOutcome(Side.Source, context.Now);
        var target = await context.Tools.Target(context).CheckAccountStatusAsync(ct);
        if (!target.IsOk)
            return target.Error.ToOutcome(Side.Target, context.Now);
        if (source.Value.Commit != target.Value.RepoCommit)
            return new StepOutcome.Retry(
                $"The servers differ: {source.Value.Commit} on the old one, {target.Value.RepoCommit} on the new one.");

        // The same commit that was read back and compared before: its CID covers every record.
        if (!await AlreadyProvenAsync(context, source.Value.Commit, ct) && await prover.ProveAsync(context, Name, ct) is { } trouble)
            return trouble;
        return new StepOutcome.Done($"Both servers hold commit {source.Value.Commit}.");
    }

    private static async Task<bool> AlreadyProvenAsync(MigrationContext context, Cid commit, CancellationToken ct)
    {
        if (context.Progress.Parity is not { Equal: true })
            return false;
        var report = await ParityFile.ReadAsync(context.Workspace, ct);
        var unproven = await context.Tools.Blobs.ListAsync(context.Id, BlobState.Copied, ct);
        return report is { Equal: true } && report.Source.Commit == commit && report.Target.Commit == commit && unproven.Count == 0;
    }
}
