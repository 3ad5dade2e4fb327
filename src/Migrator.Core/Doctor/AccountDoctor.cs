using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Doctor;

/// <summary>
/// Says whether a living account is whole, from what anyone may ask, and in which half of a move it is where one stopped. Changes nothing
/// anywhere.
/// </summary>
public sealed class AccountDoctor(OnlineParts online, TimeProvider time)
{
    /// <param name="account">A handle or a DID, as a person types it.</param>
    /// <exception cref="IOException">The work folder cannot be written.</exception>
    public async Task<CheckReport> CheckAsync(string account, CheckOptions options, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        var notes = new CheckNotes();
        var report = new CheckReport { Subject = account, Kind = CheckKind.Account, At = time.GetUtcNow(), Verdict = CheckVerdict.Whole, Findings = [] };
        progress?.Report(new CheckProgress("Looking up the account"));
        var (did, handle, verdict) = await FindAsync(account, notes, cancel);
        if (did is not { } found) return report with { Verdict = verdict, Findings = notes.Findings };

        var seen = await online.Identity.LookAsync(found, handle, notes, cancel);
        report = report with { Did = found.ToString(), Identity = seen.ToFacts() };
        if (seen.Document?.PdsEndpoint is { } pds && seen.Keys.Count > 0)
            report = await LookAtServersAsync(report, found, seen, pds, options, notes, progress, cancel);
        var unknown = seen.Document is null && notes.Findings.Any(finding => finding.Code == "did-unknown");
        return report with { Verdict = unknown ? CheckVerdict.NotFound : notes.Conclude(), Findings = notes.Findings };
    }

    private async Task<(Did? Did, Handle? Handle, CheckVerdict Verdict)> FindAsync(string account, CheckNotes notes, CancellationToken cancel)
    {
        var text = IdentityResolver.Simplify(account);
        if (Did.TryParse(text, out var did)) return (did, null, CheckVerdict.Whole);
        if (!Handle.TryParse(text, out var handle))
        {
            notes.Fault("syntax", "This is neither a handle (like alice.example.com) nor a DID (like did:plc:…).");
            return (null, null, CheckVerdict.NotFound);
        }

        var answer = await online.Handles.ResolveAsync(handle, cancel);
        if (answer.Did is { } leadsTo) return (leadsTo, handle, CheckVerdict.Whole);
        if (answer.Outcome == HandleOutcome.Unreachable)
        {
            notes.Unchecked("handle", answer.Message);
            return (null, null, CheckVerdict.Undecided);
        }

        notes.Fault("handle", answer.Message);
        return (null, null, CheckVerdict.NotFound);
    }

    private async Task<CheckReport> LookAtServersAsync(
        CheckReport report, Did did, SeenIdentity seen, Uri pds, CheckOptions options, CheckNotes notes,
        IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        progress?.Report(new CheckProgress("Asking the servers"));
        var candidates = HostLook.Candidates(pds, seen.History, options.OtherHost);
        var hosts = (await Task.WhenAll(candidates.Select(host => HostLook.AskAsync(online.Servers.Anonymous(host.Pds), host.Role, did, cancel)))).ToList();
        SayNamed(hosts[0], notes);
        if (hosts[0].State == HostState.Open)
        {
            using var repo = await ReadAsync(pds, did, seen.Keys, "named.car", options, notes, progress, cancel);
            if (repo is not null)
            {
                var file = new FileInfo(Path.Combine(options.WorkFolder, "named.car"));
                report = report with
                {
                    Repo = RepoLook.Describe(repo, file.Length, seen.Keys, seen.KeySource, notes),
                    Blobs = await BlobLook.LookAsync(online.Servers.Anonymous(pds), did, repo.Blobs, options.ReadBlobs, notes, progress, cancel),
                };
                await CompareAsync(hosts, repo, did, seen.Keys, options, notes, progress, cancel);
            }
        }

        var move = MoveDiagnosis.Decide(hosts, report.Repo?.Signer, report.Blobs?.Missing ?? 0, report.Blobs?.Unknown ?? 0);
        if (move.Stage is MoveStage.OldCommit)
            notes.Fault("head-key", "The newest commit does not verify with the key that the identity names now, as the protocol asks for.");
        foreach (var text in MoveDiagnosis.TwoOpen(hosts))
            notes.Warning("two-open", text);
        return report with { Hosts = hosts, Move = move };
    }

    private static void SayNamed(HostFacts named, CheckNotes notes)
    {
        var name = new Uri(named.Pds).Authority;
        switch (named.State)
        {
            case HostState.Open:
                notes.Fine("server", $"{name} shows the account to everyone.");
                break;
            case HostState.Deactivated:
                notes.Fault("server", $"{name} has the account, and it is switched off there (deactivated): nobody sees it.");
                break;
            case HostState.Withheld:
                notes.Fault("server", $"{name} has the account and withholds it ({named.Status}).");
                break;
            case HostState.NoAccount:
                notes.Fault("server", $"{name}, which the identity names, has no such account.");
                break;
            default:
                notes.Unchecked("server", $"{name} could not be asked: {named.Message}");
                break;
        }
    }

    /// <summary>How the records at other open servers differ from those at the named one.</summary>
    private async Task CompareAsync(
        List<HostFacts> hosts, VerifiedRepo repo, Did did, IReadOnlyList<PublicKey> keys, CheckOptions options, CheckNotes notes,
        IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        for (var i = 1; i < hosts.Count; i++)
        {
            var host = hosts[i];
            if (host.State != HostState.Open) continue;
            if (host.Commit == repo.Commit.Cid.ToString())
            {
                hosts[i] = host with { Difference = new HostDifference(0, 0, 0) };
                continue;
            }

            var aside = new CheckNotes();
            using var other = await ReadAsync(new Uri(host.Pds), did, keys, $"other-{i}.car", options, aside, progress, cancel);
            if (other is null)
            {
                notes.Note("other-repo", $"The repo that {new Uri(host.Pds).Authority} shows could not be compared. {aside.Findings[^1].Text}");
                continue;
            }

            var difference = RepoDiff.Compare(other, repo);
            hosts[i] = host with { Difference = new HostDifference(difference.Missing.Count, difference.Extra.Count, difference.Changed.Count) };
        }
    }

    private async Task<VerifiedRepo?> ReadAsync(
        Uri pds, Did did, IReadOnlyList<PublicKey> keys, string name, CheckOptions options, CheckNotes notes,
        IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        var opened = await online.Servers.Anonymous(pds).GetRepoAsync(did, null, cancel);
        if (!opened.TryGetValue(out var body, out var error))
        {
            notes.Unchecked("repo", $"{pds.Authority} did not give the repo: {error.Message}");
            return null;
        }

        var path = Path.Combine(options.WorkFolder, name);
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 << 16, Options = FileOptions.Asynchronous,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        var total = body.Length ?? 0;
        var cut = await CarDownload.ToFileAsync(body, file, options.LargestRepo, bytes =>
        {
            progress?.Report(new CheckProgress($"Reading the repo from {pds.Authority}", bytes, total, InBytes: true));
            return Task.CompletedTask;
        }, cancel);
        if (cut is null) return await RepoLook.VerifyAsync(path, did, keys, notes, progress, cancel);
        notes.Unchecked("repo", $"Reading the repo from {pds.Authority} was cut off: {cut}");
        return null;
    }
}
