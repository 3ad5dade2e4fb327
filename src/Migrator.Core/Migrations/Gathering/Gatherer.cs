using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>
/// Puts an account together from all its sources: the newest whole repo, every blob that its records use from whichever source has the
/// right bytes, the preferences. Everything is read and hashed once here, so that what is missing is known before anything is changed.
/// </summary>
public sealed class Gatherer(IRestoreSnapshots snapshots)
{
    private const string RepoFile = "repo.car";
    private const string PreferencesFile = "preferences.json";

    /// <summary>Null when there is an account to restore; else the outcome that the step should end with.</summary>
    public async Task<StepOutcome?> GatherAsync(MigrationContext context, StepName step, CancellationToken ct)
    {
        var wanted = context.Request.Restore!.Sources;
        if (wanted.Count == 0)
            return Ask("Nothing was named to restore from.", []);
        var keys = await Replicator.SigningKeysAsync(context, ct);
        if (!keys.IsOk)
            return keys.Error.ToOutcome(Side.Directory, context.Now);
        context.Workspace.EraseSubfolder(Inventory.Folder);
        var notes = new List<string>();
        var sources = new List<(RestoreSource Wanted, IGatherSource Opened)>();
        try
        {
            foreach (var source in wanted)
                sources.Add((source, await OpenAsync(context, source, ct)));
            return await PutTogetherAsync(context, step, sources, new RepoExpectation(context.Did, keys.Value), notes, ct);
        }
        catch (GatherException problem)
        {
            return problem.MayPass ? new StepOutcome.Retry(problem.Message) : Ask(problem.Message, notes);
        }
        finally
        {
            foreach (var (_, opened) in sources)
                await opened.DisposeAsync();
        }
    }

    /// <summary>What was gathered, as a source for the steps that follow.</summary>
    public async Task<IAccountSource> OpenAsync(MigrationContext context, CancellationToken ct)
    {
        var inventory = await Inventory.ReadAsync(context.Workspace, ct)
            ?? throw new InvalidOperationException("The inventory is gone from the workspace; the sources have to be gathered again.");
        return new GatheredAccountSource(context.Workspace, inventory, context.Did, OpenBlobAsync);

        // Its owner may have taken the source out since: another one may have the file.
        async Task<XrpcResult<XrpcStream>> OpenBlobAsync(string id, Cid cid, CancellationToken token) =>
            context.Request.Restore!.Sources.FirstOrDefault(source => source.Id == id) is { } named
                ? await snapshots.OpenBlobAsync(context, named, cid, token)
                : GatheredAccountSource.Missing("What held it is no longer among the sources.");
    }

    /// <summary>
    /// Looks for files once more in everything that is named by now: after the records were gathered a source can be added, taken out, or
    /// be readable again. The records stay those that were gathered.
    /// </summary>
    /// <returns>How many were found; or the outcome that the step should end with.</returns>
    public async Task<(int Found, StepOutcome? Trouble)> FindMoreAsync(
        MigrationContext context, IReadOnlyList<BlobEntry> missing, CancellationToken ct)
    {
        var inventory = await Inventory.ReadAsync(context.Workspace, ct)
            ?? throw new InvalidOperationException("The inventory is gone from the workspace; the sources have to be gathered again.");
        var open = missing.ToDictionary(blob => blob.Cid);
        var places = new Dictionary<string, string>(inventory.Blobs);
        var found = new List<BlobEntry>();
        foreach (var source in context.Request.Restore!.Sources)
        {
            try
            {
                await using var opened = await OpenAsync(context, source, ct);
                await opened.FindBlobsAsync(open.Keys.ToHashSet(), (cid, place, size, type) =>
                {
                    if (!open.Remove(cid, out var entry))
                        return;
                    places[cid.ToString()] = place;
                    found.Add(entry with { State = BlobState.Needed, Size = size, MimeType = entry.MimeType ?? type, Reason = null });
                }, ct);
            }
            catch (GatherException problem) when (problem.MayPass)
            {
                return (0, new StepOutcome.Retry(problem.Message));
            }
            catch (GatherException problem)
            {
                context.Tell(StepName.CopyBlobs, $"{source.Name}: its files cannot be read. {problem.Message}");
            }
        }

        if (found.Count > 0)
        {
            await (inventory with { Blobs = places }).WriteAsync(context.Workspace, ct);
            await context.Tools.Blobs.RecordAsync(context.Lease, found, ct);
        }

        return (found.Count, null);
    }

    private static async Task<StepOutcome?> PutTogetherAsync(
        MigrationContext context, StepName step, List<(RestoreSource Wanted, IGatherSource Opened)> all, RepoExpectation expectation,
        List<string> notes, CancellationToken ct)
    {
        var folder = context.Workspace.Subfolder(Inventory.Folder);
        var sources = all.Select(source => source.Opened).ToList();
        var chosen = context.Request.Restore!.RecordsFrom is { } id
            ? all.Where(source => source.Wanted.Id == id).Select(source => source.Opened).ToList()
            : sources;
        var (best, from) = await NewestRepoAsync(chosen, expectation, notes, ct);
        if (best is null)
        {
            return Ask(
                chosen.Count == sources.Count
                    ? $"None of what you named holds a whole repo of {context.Did} with a good signature."
                    : "What you chose for the records holds no whole repo with a good signature. Choose another snapshot.", notes);
        }

        using var repo = best;
        await using (var file = context.Workspace.Create(Path.Combine(Inventory.Folder, RepoFile)))
            repo.WriteFullCar(file, ct);

        var blobs = new Dictionary<string, string>();
        var found = new List<BlobEntry>();
        var needed = repo.Blobs.ToDictionary(blob => blob.Cid);
        foreach (var source in sources)
        {
            var open = needed.Keys.Where(cid => !blobs.ContainsKey(cid.ToString())).ToHashSet();
            if (open.Count == 0)
                break;
            var before = blobs.Count;
            try
            {
                await source.FindBlobsAsync(open, (cid, place, size, type) =>
                {
                    if (blobs.TryAdd(cid.ToString(), place))
                        found.Add(new BlobEntry(cid, BlobState.Needed, size, needed[cid].MimeType ?? type, needed[cid].FirstPath, null));
                }, ct);
            }
            catch (GatherException problem) when (!problem.MayPass)
            {
                // Another source may have what this one cannot give; what none has is asked about by name.
                notes.Add($"{source.Name}: its files cannot be read. {problem.Message}");
            }

            notes.Add($"{source.Name}: {blobs.Count - before:N0} of the files that were still looked for.");
            await context.ReportAsync(step, blobs.Count, needed.Count, found.Sum(blob => blob.Size ?? 0), null, ct);
        }

        var preferences = await PreferencesAsync(sources, folder, ct);
        await new Inventory(repo.Commit.Cid, repo.Commit.Rev.ToString(), RepoFile, preferences ? PreferencesFile : null, from!, blobs)
            .WriteAsync(context.Workspace, ct);
        await RecordAsync(context, repo, found, ct);
        context.Progress = context.Progress with
        {
            Restore = context.Progress.Restore! with
            {
                Gathered = new Gathered(from!, repo.Commit.Rev.Time, repo.Commit.Rev.ToString(), repo.Records, needed.Count, found.Count,
                    preferences, notes),
            },
        };
        return null;
    }

    private static async Task<(VerifiedRepo? Repo, string? From)> NewestRepoAsync(
        IReadOnlyList<IGatherSource> sources, RepoExpectation expectation, List<string> notes, CancellationToken ct)
    {
        VerifiedRepo? best = null;
        string? from = null;
        foreach (var source in sources)
        {
            var repo = await source.FindRepoAsync(expectation, notes, ct);
            if (repo is null)
                continue;
            notes.Add($"{source.Name}: {repo.Records:N0} records as of {repo.Commit.Rev.Time:yyyy-MM-dd HH:mm} UTC.");
            if (best is not null && repo.Commit.Rev.CompareTo(best.Commit.Rev) <= 0)
            {
                repo.Dispose();
                continue;
            }

            best?.Dispose();
            (best, from) = (repo, source.Name);
        }

        return (best, from);
    }

    private static async Task<bool> PreferencesAsync(IReadOnlyList<IGatherSource> sources, string folder, CancellationToken ct)
    {
        foreach (var source in sources)
        {
            if (await source.FindPreferencesAsync(ct) is not { } preferences)
                continue;
            await File.WriteAllBytesAsync(Path.Combine(folder, PreferencesFile), JsonSerializer.SerializeToUtf8Bytes(preferences), ct);
            return true;
        }

        return false;
    }

    /// <summary>The ledger says from the start what cannot be restored; what a source has now after all is needed again.</summary>
    private static async Task RecordAsync(MigrationContext context, VerifiedRepo repo, List<BlobEntry> found, CancellationToken ct)
    {
        var have = found.Select(blob => blob.Cid).ToHashSet();
        var known = (await context.Tools.Blobs.ListAsync(context.Id, null, ct)).ToDictionary(blob => blob.Cid, blob => blob.State);
        var entries = found.Where(blob => !known.TryGetValue(blob.Cid, out var state) || BlobProblems.IsProblem(state)).ToList();
        entries.AddRange(repo.Blobs
            .Where(blob => !have.Contains(blob.Cid) && known.GetValueOrDefault(blob.Cid) is not (BlobState.Copied or BlobState.Proven))
            .Select(blob => new BlobEntry(
                blob.Cid, BlobState.MissingAtSource, blob.Size, blob.MimeType, blob.FirstPath, "nothing that was given holds it")));
        await context.Tools.Blobs.AddNeededAsync(context.Lease, entries, ct);
        await context.Tools.Blobs.RecordAsync(context.Lease, entries, ct);
    }

    private async Task<IGatherSource> OpenAsync(MigrationContext context, RestoreSource source, CancellationToken ct)
    {
        var folder = Path.Combine(context.Workspace.Subfolder(Inventory.Folder), source.Id);
        return source.Kind switch
        {
            RestoreSourceKind.Files => new FilesGatherSource(
                source.Name, PlaceOf(context, source), folder,
                FileSearchLimits.Default with { CarBytes = context.Tools.Options.LargestRepo }),
            RestoreSourceKind.OldServer => new OldServerGatherSource(
                new LiveAccountSource(await OldServerAsync(context, ct), context.Did), folder, context.Tools.Options),
            _ => await snapshots.OpenAsync(context, source, folder, ct),
        };
    }

    /// <summary>
    /// The server that the person named and signed in to: not the one that the identity names by now, which may be another's, and must not
    /// see the session.
    /// </summary>
    private static async Task<PdsClient> OldServerAsync(MigrationContext context, CancellationToken ct)
    {
        var (tools, pds) = (context.Tools, context.Request.SourcePds);
        return await tools.Secrets.ReadAsync(context.Id, SecretName.SourceTokens, ct) is null
            ? tools.Servers.Anonymous(pds)
            : tools.Servers.WithSession(pds, new SealedSession(tools.Secrets, context.Id, SecretName.SourceTokens));
    }

    private static string PlaceOf(MigrationContext context, RestoreSource source) =>
        source.Location!.StartsWith(RestoreSource.Upload, StringComparison.Ordinal)
            ? Path.Combine(context.Workspace.Subfolder(Inventory.Uploads), source.Location[RestoreSource.Upload.Length..])
            : source.Location;

    private static StepOutcome.NeedsPerson Ask(string message, IReadOnlyList<string> details) => new(
        HoldCause.Sources, message, "Name another file, folder or snapshot, then press Try again. Nothing was changed.",
        [.. details.Take(50)]);
}
