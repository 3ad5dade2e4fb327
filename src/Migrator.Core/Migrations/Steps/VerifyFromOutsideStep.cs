using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Parity;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// Looks at the moved account as a stranger would: identity document, handle, repo with the new key's signature. Writes the final report.
/// </summary>
public sealed class VerifyFromOutsideStep(Replicator replicator) : IMigrationStep
{
    /// <summary>How often the network is given time to see the change before a remark is made instead.</summary>
    private const int TriesForTheNetwork = 5;

    public StepName Name => StepName.VerifyFromOutside;

    public string Title => "Look at it from outside";

    public string Explanation => "Checks the moved account the way a stranger's app sees it, and writes the report.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var checks = await IdentityChecksAsync(context, ct);
        var (records, target, trouble) = await RecordsAsync(context, checks, ct);
        if (records is null)
            return trouble!;
        if (checks.FirstOrDefault(check => !check.Ok) is { } bad && context.Progress.Attempt < TriesForTheNetwork)
            return new StepOutcome.Retry($"Not seen from outside yet: {bad.What} ({bad.Found}).");
        if (checks.FirstOrDefault(check => !check.Ok && check.Essential) is { } wrong)
        {
            return new StepOutcome.NeedsPerson(
                HoldCause.ServerTrouble,
                $"The moved account does not look right from outside: {wrong.What} ({wrong.Found}).",
                context.Request.Kind == MigrationKind.Restore
                    ? "Press Try again in a while. Your data is complete on the new server, and your backup is untouched."
                    : "Press Try again in a while. Your data is complete on both servers; the way back is on this page.");
        }

        var before = await ParityFile.ReadAsync(context.Workspace, ct);
        var blobs = await Prover.BlobParityAsync(context, ct);
        var remarks = Remarks(checks, blobs, records, context.Request.Kind == MigrationKind.Restore);
        var report = new ParityReport
        {
            Did = context.Did,
            At = context.Now,
            Source = before!.Source,
            Target = target!,
            Records = records,
            Blobs = blobs,
            Preferences = before.Preferences,
            Identity = checks,
            Remarks = remarks,
        };
        await ParityFile.WriteAsync(context.Workspace, report, ct);
        context.Progress = context.Progress with { Parity = ParityFile.Summarize(report), Remarks = remarks };
        return new StepOutcome.Done(
            $"{records.Equal:N0} records and {blobs.Proven:N0} files are the same as "
            + $"{(context.Request.Kind == MigrationKind.Restore ? "in the backup" : "before the move")}.");
    }

    private static async Task<List<IdentityCheck>> IdentityChecksAsync(MigrationContext context, CancellationToken ct)
    {
        var tools = context.Tools;
        var server = context.Request.Target!.Pds;
        var key = context.Progress.Target!.Recommended!.VerificationMethods["atproto"];
        var handle = context.Request.NewAccount!.Handle;
        var resolved = await tools.Identities.ResolveAsync(context.Did.ToString(), ct);
        var document = resolved.Identity?.Document;
        var stranger = tools.Servers.Anonymous(server);
        var status = await stranger.GetRepoStatusAsync(context.Did, ct);
        var handleAnswer = await stranger.ResolveHandleAsync(handle, ct);
        List<IdentityCheck> checks =
        [
            new("The identity names the new server", resolved.Identity?.Pds == server,
            resolved.Identity?.Pds.ToString() ?? resolved.Message),
            new("The identity names the new server's key", document?.SigningKey?.DidKey == key, document?.SigningKey?.DidKey ?? "none"),
            new("The new server says the account is active", status is { IsOk: true, Value.Active: true },
            status.IsOk ? status.Value.Status ?? "active" : status.Error.Message),
            new("The handle leads to the identity", handleAnswer.IsOk && handleAnswer.Value == context.Did,
            handleAnswer.IsOk ? handleAnswer.Value.ToString() : handleAnswer.Error.Message, Essential: false),
        ];
        if (context.Request.Kind == MigrationKind.Move)
        {
            // A restore sends the old server nothing, not even a question.
            var old = await tools.Servers.Anonymous(context.Progress.Identity!.Pds).GetRepoStatusAsync(context.Did, ct);
            checks.Add(
                new("The old server says the account is off", old is { IsOk: true, Value.Active: false } || !old.IsOk,
                old.IsOk ? old.Value.Status ?? (old.Value.Active ? "active" : "off") : old.Error.Message, Essential: false));
        }

        if (context.Did.Method == "plc")
            checks.AddRange(await RotationKeyChecksAsync(context, ct));
        if (tools.Options.Relay is { } relay)
        {
            var seen = await tools.Servers.Anonymous(relay).GetRepoStatusAsync(context.Did, ct);
            checks.Add(
                new("The relay sees the account as active", seen is { IsOk: true, Value.Active: true },
                seen.IsOk ? seen.Value.Status ?? "active" : seen.Error.Message, Essential: false));
        }

        return checks;
    }

    private static async Task<IReadOnlyList<IdentityCheck>> RotationKeyChecksAsync(MigrationContext context, CancellationToken ct)
    {
        var history = await context.Tools.Plc.GetHistoryAsync(context.Did, ct);
        if (!history.IsOk)
            return [new("The directory's log can be read", false, history.Error.Message)];
        var keys = history.Value.Current.RotationKeys;
        var mine = context.Request.RecoveryKey?.DidKey ?? context.Request.Restore?.RotationKey;
        var oldKeys = context.Progress.Identity!.OldHost!.RotationKeys.Except(context.Progress.Target!.Recommended!.RotationKeys)
            .Where(key => key != mine);
        return
        [
            new("Your recovery key stands above every server's key", mine is null || StandsAbove(keys, mine, context),
            keys.Count > 0 ? keys[0] : "none"),
            new("The old server's key is gone", !keys.Intersect(oldKeys).Any(), $"rotation keys now: {string.Join(", ", keys)}"),
        ];
    }

    private static bool StandsAbove(IReadOnlyList<string> keys, string mine, MigrationContext context)
    {
        var servers = context.Progress.Target!.Recommended!.RotationKeys;
        return keys.TakeWhile(key => !servers.Contains(key)).Contains(mine);
    }

    private async Task<(RecordParity? Records, ParitySide? Target, StepOutcome? Trouble)> RecordsAsync(
        MigrationContext context, List<IdentityCheck> checks, CancellationToken ct)
    {
        var copy = await replicator.OpenCopyAsync(context, ct);
        if (!copy.IsOk)
            return (null, null, copy.Error.ToOutcome(Side.Directory, context.Now));
        using var source = copy.Value;
        var server = context.Request.Target!.Pds;
        var outside = new LiveAccountSource(context.Tools.Servers.Anonymous(server), context.Did);
        var opened = await outside.OpenRepoAsync(null, ct);
        if (!opened.IsOk)
            return (null, null, opened.Error.ToOutcome(Side.Target, context.Now) is StepOutcome.NeedsPerson refused
                ? new StepOutcome.Retry(refused.Message)
                : opened.Error.ToOutcome(Side.Target, context.Now));
        const string name = "outside.car";
        var key = PublicKey.ParseDidKey(context.Progress.Target!.Recommended!.VerificationMethods["atproto"]);
        try
        {
            var (received, cut) = await CarDownload.VerifyAsync(
                opened.Value, context.Workspace.Create(name), [], new RepoExpectation(context.Did, [key]),
                context.Tools.Options.LargestRepo,
                bytes => context.ReportAsync(Name, 0, null, bytes, null, ct), ct);
            if (cut is not null)
                return (null, null, new StepOutcome.Retry($"Reading the repo from {outside.Name} was cut off: {cut}"));
            using var target = received!;
            checks.Add(new IdentityCheck("The newest commit is signed by the new server's key", true, target.Commit.Cid.ToString()));
            return (ParityChecker.Compare(source, target),
                new ParitySide(server, target.Commit.Cid, target.Commit.Data, target.Commit.Rev.ToString()), null);
        }
        catch (RepoFaultException fault)
        {
            return (null, null, new StepOutcome.Retry($"What {outside.Name} shows the world does not verify yet: {fault.Message}"));
        }
    }

    private static List<string> Remarks(IReadOnlyList<IdentityCheck> checks, BlobParity blobs, RecordParity records, bool restore)
    {
        List<string> remarks = [.. checks.Where(check => !check.Ok).Select(check => $"{check.What}: not yet ({check.Found}).")];
        if (blobs.Problems.Count > 0)
            remarks.Add(
                $"{blobs.Problems.Count} files could not be {(restore ? "restored" : "moved")}, as you agreed. The report names them.");
        if (records.Extra.Count + records.Changed.Count + records.Missing.Count > 0)
            remarks.Add(
                $"The account was used on the new server before the last look: {records.Extra.Count} new, {records.Changed.Count} "
                + $"changed, {records.Missing.Count} deleted records.");
        return remarks;
    }
}
