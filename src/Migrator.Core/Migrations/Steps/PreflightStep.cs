using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Steps;

/// <summary>
/// The rehearsal: reads everything, changes nothing. What cannot work is said here, before an account is made anywhere.
/// The repo is really downloaded and verified, because only that shows whether it is whole.
/// </summary>
public sealed class PreflightStep(Replicator replicator) : IMigrationStep
{
    /// <summary>Uploads a reference PDS takes from one address in a day (protocol D.2).</summary>
    private const int UploadsPerDay = 1000;

    /// <summary>What a reference PDS takes as import and blob where its operator set nothing (protocol D.4, importRepo).</summary>
    private const long DefaultImportLimit = 5 * 1024 * 1024;

    public StepName Name => StepName.Preflight;

    public string Title => "Rehearse";

    public string Explanation =>
        "Downloads and checks your whole account, looks at both servers and says what would not work. Changes nothing.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        if (DiskTrouble(context) is { } full)
            return full;
        if (await replicator.RefreshAsync(context, Name, ct) is { } trouble)
            return trouble;
        var items = new List<PreflightItem>();
        var blobs = await context.Tools.Blobs.ListAsync(context.Id, null, ct);
        var repo = context.Progress.Repo!;
        items.Add(
            Ok("The repo is whole", $"{repo.Records:N0} records in {repo.Blocks:N0} blocks, every fingerprint and the signature checked."));
        if (await LookAtTargetAsync(context, repo, blobs, items, ct) is { } unreachable)
            return unreachable;
        await LookAtHandleAsync(context, items, ct);
        LookAtUploads(blobs, items);
        if (context.Request.Kind == MigrationKind.Restore && await RestorePreflight.LookAsync(context, items, ct) is { } stopped)
            return stopped;
        items.Add(new PreflightItem(
            PreflightLevel.Warning,
            context.Request.Kind == MigrationKind.Restore ? "What no backup holds" : "What does not move",
            "Direct messages stay where they are and are found again by your identity. App passwords, connected apps, sign-in codes and "
            + "unfinished drafts do not move: sign in again everywhere."));

        var known = ClaimedSize.Sum(blobs.Select(blob => blob.Size));
        context.Progress = context.Progress with
        {
            Preflight = new PreflightReport(context.Now, items, repo.Records, blobs.Count, blobs.Count == 0 ? 0 : known, repo.Bytes),
        };
        var blockers = items.Where(item => item.Level == PreflightLevel.Blocker).ToList();
        return blockers.Count == 0
            ? new StepOutcome.Done(
                $"{repo.Records:N0} records and {blobs.Count:N0} files "
                + $"{(context.Request.Kind == MigrationKind.Restore ? "can be restored" : "can be moved")}.")
            : new StepOutcome.NeedsPerson(
                blockers.Any(item => item.Title == OverLimit) ? HoldCause.MissingBlobs : HoldCause.Preflight,
                context.Request.Kind == MigrationKind.Restore ? "The restore cannot work like this." : "The move cannot work like this.",
                "Put these right and press Try again, or cancel. Nothing was changed.",
                [.. blockers.Select(item => $"{item.Title}: {item.Text}")],
                // Another source may be named at this hold.
                BackTo: context.Request.Kind == MigrationKind.Restore ? StepName.GatherSources : null);
    }

    private const string OverLimit = "Larger than the new server takes";

    private static async Task<StepOutcome?> LookAtTargetAsync(
        MigrationContext context, RepoCopy repo, IReadOnlyList<BlobEntry> blobs, List<PreflightItem> items, CancellationToken ct)
    {
        var server = context.Request.Target!;
        var target = context.Tools.Servers.Anonymous(server.Pds);
        var described = await target.DescribeServerAsync(ct);
        if (!described.IsOk)
            return described.Error.ToOutcome(Side.Target, context.Now);
        if (described.Value.Did != server.ServiceDid)
            items.Add(
                Blocker("The new server",
                $"{server.Pds.Authority} now calls itself {described.Value.Did}, earlier {server.ServiceDid}. Choose the destination "
                + "again."));
        if (described.Value.InviteCodeRequired && await context.Tools.Secrets.ReadAsync(context.Id, SecretName.InviteCode, ct) is null
            && context.Progress.Target is null)
            items.Add(Blocker("Invite code", $"{server.Pds.Authority} asks for an invite code, and none was given."));

        var there = await target.GetRepoStatusAsync(context.Did, ct);
        if (there is { IsOk: true, Value.Active: true })
            items.Add(Blocker("Already there", $"An active account with this identity is on {server.Pds.Authority} already."));
        else if (there.IsOk && context.Progress.Target is null && context.Request.Kind == MigrationKind.Move)
            items.Add(
                new PreflightItem(PreflightLevel.Warning, "Begun before",
                $"{server.Pds.Authority} already has a switched-off account for this identity. It will be used; give the password it was "
                + "made with."));

        if (described.Value.BlobUploadLimit is { } limit)
        {
            foreach (var blob in blobs.Where(blob => blob.Size > limit && !context.Request.AcceptedMissing.Contains(blob.Cid)))
            {
                await context.Tools.Blobs.RecordAsync(
                    context.Lease, [blob with { State = BlobState.TooLarge, Reason = $"larger than {Bytes.Text(limit)}" }], ct);
                items.Add(Blocker(OverLimit, BlobProblems.Describe(blob with { State = BlobState.TooLarge })));
            }
        }

        items.Add(repo.Bytes > DefaultImportLimit
            ? new PreflightItem(PreflightLevel.Warning, "Import size",
                $"The import is {Bytes.Text(repo.Bytes)}. A server whose operator set no limit takes 5.2 MB; if this one refuses, the "
                + "move stops before anything is switched off and says what to raise.")
            : Ok("Import size", $"{Bytes.Text(repo.Bytes)}: even a server with the smallest usual limit takes it."));
        return null;
    }

    private static async Task LookAtHandleAsync(MigrationContext context, List<PreflightItem> items, CancellationToken ct)
    {
        var handle = context.Request.NewAccount!.Handle;
        var server = context.Request.Target!;
        if (server.HandleDomains.Any(domain => handle.ToString().EndsWith(domain, StringComparison.Ordinal)))
        {
            items.Add(Ok("Handle", $"{handle} is one of the new server's own names."));
            return;
        }

        // The new server refuses an outside name that does not lead to the identity yet, so it is looked up first.
        var found = await context.Tools.Identities.ResolveAsync(handle.ToString(), ct);
        items.Add(found.Identity?.Did == context.Did
            ? Ok("Handle", $"{handle} leads to your identity and is kept.")
            : Blocker(
                "Handle",
                $"{handle} is not one of {server.Pds.Authority}'s names and does not lead to your identity ({found.Message}). Set its DNS "
                + $"record, or take a name that ends in {string.Join(" or ", server.HandleDomains)}."));
    }

    private static void LookAtUploads(IReadOnlyList<BlobEntry> blobs, List<PreflightItem> items)
    {
        items.Add(blobs.Count > UploadsPerDay
            ? new PreflightItem(
                PreflightLevel.Warning,
                "Time",
                $"There are {blobs.Count:N0} files. Most servers take {UploadsPerDay:N0} a day from one address, so copying may take "
                + $"{(blobs.Count + UploadsPerDay - 1) / UploadsPerDay} days. It goes on by itself, and your old account keeps working.")
            : Ok("Time", $"{blobs.Count:N0} files: within what servers usually take in a day."));
    }

    private static StepOutcome.NeedsPerson? DiskTrouble(MigrationContext context)
    {
        const long reserve = 500_000_000;
        var free = new DriveInfo(Path.GetFullPath(context.Workspace.Folder)).AvailableFreeSpace;
        return free > reserve
            ? null
            : new StepOutcome.NeedsPerson(
                HoldCause.LocalTrouble,
                $"The disk that holds Migrator's data folder has only {Bytes.Text(free)} left.",
                $"Free some space (at least {Bytes.Text(reserve)}, and room for the repo twice), then press Try again.");
    }

    private static PreflightItem Ok(string title, string text) => new(PreflightLevel.Ok, title, text);

    private static PreflightItem Blocker(string title, string text) => new(PreflightLevel.Blocker, title, text);
}
