using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Doctor;

/// <summary>Says whether a CAR file holds a whole repository, rightfully signed.</summary>
/// <param name="online">Who is asked for keys and files; null asks nobody, whatever the options say.</param>
/// <param name="time">The clock of the report.</param>
public sealed class CarDoctor(OnlineParts? online, TimeProvider time)
{
    /// <param name="file">A full export of a repository.</param>
    /// <param name="subject">How the report calls it.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async Task<CheckReport> CheckAsync(
        string file, string subject, CheckOptions options, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        var notes = new CheckNotes();
        var report = new CheckReport { Subject = subject, Kind = CheckKind.File, At = time.GetUtcNow(), Verdict = CheckVerdict.Whole, Findings = [] };
        // Where nobody is asked for a key, it need not be known beforehand whose file this is: the commit may stand at its very end.
        if (options.Key is { } given && !options.ReadBlobs)
            report = await VerifyAsync(report, file, null, [given], "what you gave", null, options, notes, progress, cancel);
        else if (options.Key is null && (options.Offline || online is null))
            report = await InspectAsync(report, file, notes, progress, cancel);
        else
            report = await AskAsync(report, file, options, notes, progress, cancel);
        return report with { Verdict = notes.Conclude(), Findings = notes.Findings };
    }

    private async Task<CheckReport> AskAsync(
        CheckReport report, string file, CheckOptions options, CheckNotes notes, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        CarHead head;
        try
        {
            head = await CarHead.ReadAsync(file, cancel);
        }
        catch (RepoFaultException fault)
        {
            notes.Fault("repo", fault.Message);
            return report;
        }

        report = report with { Did = head.Did.ToString() };
        var (keys, source, seen) = await KeysAsync(head.Did, options, notes, progress, cancel);
        report = report with { Identity = seen?.ToFacts() };
        return keys.Count > 0
            ? await VerifyAsync(report, file, head.Did, keys, source, seen, options, notes, progress, cancel)
            : await InspectAsync(report, file, notes, progress, cancel);
    }

    private async Task<(IReadOnlyList<PublicKey> Keys, string Source, SeenIdentity? Seen)> KeysAsync(
        Did did, CheckOptions options, CheckNotes notes, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        if (options.Key is { } given) return ([given], "what you gave", null);
        if (options.Offline || online is null) return ([], "", null);
        progress?.Report(new CheckProgress("Looking up the account"));
        var seen = await online.Identity.LookAsync(did, null, notes, cancel);
        return (seen.Keys, seen.KeySource, seen);
    }

    private async Task<CheckReport> VerifyAsync(
        CheckReport report, string file, Did? did, IReadOnlyList<PublicKey> keys, string source, SeenIdentity? seen,
        CheckOptions options, CheckNotes notes, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        if (await RepoLook.SummarizeAsync(file, did, keys, notes, progress, cancel) is not var (repo, records)) return report;
        var facts = RepoLook.Describe(repo, new FileInfo(file).Length, keys, source, notes, records);
        var server = seen?.Document?.PdsEndpoint;
        var blobs = options.ReadBlobs && online is not null && server is not null
            ? await BlobLook.LookAsync(online.Servers.Anonymous(server), repo.Commit.Did, repo.Blobs, read: true, notes, progress, cancel)
            : BlobLook.Count(repo.Blobs);
        if (blobs is { Asked: 0, Referenced: > 0 })
            notes.Note("blobs", $"Records refer to {blobs.Referenced} files (blobs). They are not part of a CAR file, and no server was asked for them.");
        return report with { Did = repo.Commit.Did.ToString(), Repo = facts, Blobs = blobs };
    }

    /// <summary>No key at hand: everything is checked but whose signature it is.</summary>
    private static async Task<CheckReport> InspectAsync(
        CheckReport report, string file, CheckNotes notes, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new CheckProgress("Checking every block"));
        RepoInspection seen;
        using var records = new RecordsDigest();
        try
        {
            seen = await RepoVerifier.InspectFilesAsync([file], records.Add, cancel: cancel);
        }
        catch (RepoFaultException fault)
        {
            notes.Fault("repo", fault.Message);
            return report;
        }

        notes.Fine("repo", $"The repository is whole: {seen.Blocks} blocks hash to their names, the tree is in order, and all {seen.Records} records are there.");
        // Where someone was asked for a key and gave none, a finding above says so and decides; offline it was not wanted.
        notes.Note("signature", "The signature was not checked, because no key was at hand: anyone could have made this file.");
        return report with
        {
            Did = seen.Did.ToString(),
            Repo = new RepoFacts(
                seen.Commit.ToString(), seen.Data.ToString(), seen.Rev.ToString(), seen.Rev.Time, null, SignerStanding.Unchecked, "",
                seen.Records, seen.Blocks, seen.Bytes, new FileInfo(file).Length, seen.UnreferencedBlocks, seen.RecordsByCollection,
                records.Finish()),
            Blobs = BlobLook.Count(seen.Blobs),
        };
    }
}

/// <summary>What a check needs to ask others.</summary>
public sealed class OnlineParts(HandleResolver handles, DidResolver dids, PlcClient plc, PdsClientFactory servers)
{
    internal IdentityLook Identity { get; } = new(handles, dids, plc);

    internal HandleResolver Handles => handles;

    internal PdsClientFactory Servers => servers;
}
