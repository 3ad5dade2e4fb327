using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Doctor;

/// <summary>Verifies one CAR file and says in the notes what came out.</summary>
internal static class RepoLook
{
    /// <summary>For who only wants to know: a file in the order of the tree is read once.</summary>
    /// <param name="did">Whose it must be; null for whoever the commit names.</param>
    /// <returns>Null where the file is not whole; the notes then say why.</returns>
    public static async Task<(VerifiedSummary Repo, string Records)?> SummarizeAsync(
        string file, Did? did, IReadOnlyList<PublicKey> keys, CheckNotes notes, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        using var digest = new RecordsDigest();
        try
        {
            var told = progress is null ? null : new Told(progress);
            var repo = await RepoVerifier.SummarizeFileAsync(file, new RepoExpectation(did, keys), digest.Add, progress: told, cancel: cancel);
            return (repo, digest.Finish());
        }
        catch (RepoFaultException fault)
        {
            notes.Fault("repo", fault.Message);
            return null;
        }
    }

    /// <returns>Null where the file is not whole; the notes then say why.</returns>
    public static async Task<VerifiedRepo?> VerifyAsync(
        string file, Did did, IReadOnlyList<PublicKey> keys, CheckNotes notes, IProgress<CheckProgress>? progress, CancellationToken cancel)
    {
        try
        {
            var told = progress is null ? null : new Told(progress);
            return await RepoVerifier.VerifyFilesAsync([file], new RepoExpectation(did, keys), progress: told, cancel: cancel);
        }
        catch (RepoFaultException fault)
        {
            notes.Fault("repo", fault.Message);
            return null;
        }
    }

    /// <param name="keys">As tried; the first is the one that counts now.</param>
    /// <param name="keySource">Where they come from, in words.</param>
    /// <param name="records">The <see cref="RecordsDigest"/>, where one was made.</param>
    public static RepoFacts Describe(
        VerifiedSummary repo, long fileBytes, IReadOnlyList<PublicKey> keys, string keySource, CheckNotes notes, string? records = null)
    {
        var commit = repo.Commit;
        var signer = commit.SignedBy == keys[0] ? SignerStanding.Current : SignerStanding.Earlier;
        notes.Fine("repo", $"The repository is whole: {repo.Blocks} blocks hash to their names, the tree is in order, and all {repo.Records} records are there.");
        if (signer == SignerStanding.Current)
            notes.Fine("signature", $"Its newest commit is signed by the account's key (from {keySource}).");
        else
            notes.Note("signature", $"Its newest commit is signed by an earlier key of the account (from {keySource}): right when it was made, and replaced since.");
        return new RepoFacts(
            commit.Cid.ToString(), commit.Data.ToString(), commit.Rev.ToString(), commit.Rev.Time, commit.SignedBy.DidKey, signer, keySource,
            repo.Records, repo.Blocks, repo.Bytes, fileBytes, repo.UnreferencedBlocks, repo.RecordsByCollection, records);
    }

    private sealed class Told(IProgress<CheckProgress> progress) : IProgress<RepoProgress>
    {
        public void Report(RepoProgress value) =>
            progress.Report(new CheckProgress("Checking every block", value.BytesHashed, value.BytesTotal, InBytes: true));
    }
}
