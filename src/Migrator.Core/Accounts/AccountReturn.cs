using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>
/// Brings what is gone from a living account back from an earlier state of it: first a look that writes nothing, then the writing, which
/// looks once more, so that it may be repeated after any stop. What is there now is never changed.
/// </summary>
/// <param name="then">The repo as it was; verified; the caller's to dispose.</param>
/// <param name="files">Where the files of the earlier state are.</param>
/// <param name="kept">Which of them are there.</param>
/// <param name="account">The account as its identity says now.</param>
/// <param name="folder">Exists; takes the repo as it is now.</param>
public sealed class AccountReturn(
    VerifiedRepo then, IAccountSource files, IReadOnlySet<Cid> kept, ResolvedIdentity account, ReturnChoice choice, PdsClientFactory servers,
    string folder) : IDisposable
{
    private const long LargestRepo = 20_000_000_000;

    private readonly HashSet<Cid> _putBack = [];
    private readonly Dictionary<Cid, NotPutBack> _notPutBack = [];
    private VerifiedRepo? _now;
    private int _downloads;

    public string Host => account.Pds.Authority;

    /// <summary>What would be written; null before the first look.</summary>
    public ReturnPreview? Preview { get; private set; }

    /// <summary>The search for files that the server lost; null where none was asked for, or before the first look.</summary>
    public FileSweep? Sweep { get; private set; }

    /// <summary>Records that came back, each with the CID that it had.</summary>
    public long Returned { get; private set; }

    /// <summary>Records that the newest try did not bring back, and why.</summary>
    public IReadOnlyList<NotReturned> NotReturned { get; private set; } = [];

    /// <summary>Records that the newest try did not come to.</summary>
    public long Left { get; private set; }

    /// <summary>Files that came back: uploaded, read back, compared.</summary>
    public IReadOnlyCollection<Cid> FilesBack => _putBack;

    public IReadOnlyCollection<NotPutBack> FilesNotBack => _notPutBack.Values;

    /// <summary>Whether the earlier state has the bytes of this file.</summary>
    public bool Has(Cid file) => kept.Contains(file);

    /// <summary>Reads the account as it is now and says what is gone. Only asks what anybody may; writes nothing.</summary>
    /// <returns>Null when it is known; else why not. It may be called again and goes on.</returns>
    public async Task<ReturnStop?> LookAsync(IProgress<ReturnProgress>? progress, CancellationToken ct)
    {
        if (await ReadNowAsync(progress, ct).ConfigureAwait(false) is { } stop)
            return stop;
        if (!choice.LostFiles)
            return null;
        Sweep ??= new FileSweep(servers.Anonymous(account.Pds), account.Did, _now!.Blobs);
        var asked = await Sweep.RunAsync(Steps(progress, "Asking the server for each file", Sweep.Total), ct).ConfigureAwait(false);
        return asked is null ? null : ReturnStop.From(asked, "cannot be asked for the files");
    }

    /// <summary>Writes what is gone, as the account's owner. Looks at the records once more before.</summary>
    /// <returns>Null when everything was tried; else why it stopped. It may be called again.</returns>
    public async Task<ReturnStop?> WriteAsync(PdsClient owner, IProgress<ReturnProgress>? progress, CancellationToken ct)
    {
        if (choice.WantsRecords && await WriteRecordsAsync(owner, progress, ct).ConfigureAwait(false) is { } stop)
            return stop;
        return choice.LostFiles ? await WriteFilesAsync(owner, progress, ct).ConfigureAwait(false) : null;
    }

    public void Dispose() => _now?.Dispose();

    private async Task<ReturnStop?> WriteRecordsAsync(PdsClient owner, IProgress<ReturnProgress>? progress, CancellationToken ct)
    {
        if (await ReadNowAsync(progress, ct).ConfigureAwait(false) is { } stop)
            return stop;
        var preview = Preview!;
        var before = Returned;
        var outcome = await new RecordReturn(then, files, owner)
            .RunAsync(preview, Steps(progress, "Writing records", preview.Records.Count), ct).ConfigureAwait(false);
        (Returned, NotReturned, Left) = (before + outcome.Returned, outcome.Refused, outcome.Left);
        return outcome.Stopped is { } stopped ? ReturnStop.From(stopped, "stopped taking records") : null;
    }

    private async Task<ReturnStop?> WriteFilesAsync(PdsClient owner, IProgress<ReturnProgress>? progress, CancellationToken ct)
    {
        // Its own list names what was never uploaded; it needs the sign-in, so it is asked for only now.
        var listed = await owner.ListMissingBlobsAsync(ct).ConfigureAwait(false);
        if (!listed.IsOk)
            return ReturnStop.From(listed.Error, "does not say which files it lacks");
        var lost = Sweep!.Lost.ToDictionary(file => file.Cid);
        var used = _now!.Blobs.ToDictionary(file => file.Cid);
        foreach (var missing in listed.Value)
        {
            if (used.TryGetValue(missing.Cid, out var file))
                lost.TryAdd(file.Cid, file);
        }

        _notPutBack.Clear();
        var open = lost.Values.Where(file => !_putBack.Contains(file.Cid)).OrderBy(file => file.FirstPath, StringComparer.Ordinal).ToList();
        var outcome = await new FileReturn(files, owner)
            .RunAsync(open, Steps(progress, "Putting files back", open.Count), ct).ConfigureAwait(false);
        _putBack.UnionWith(outcome.PutBack);
        foreach (var problem in outcome.NotBack)
            _notPutBack[problem.File.Cid] = problem;
        return outcome.Stopped is { } stopped ? ReturnStop.From(stopped, "stopped taking files") : null;
    }

    private async Task<ReturnStop?> ReadNowAsync(IProgress<ReturnProgress>? progress, CancellationToken ct)
    {
        if (account.Document.SigningKey is not { } key)
            return new ReturnStop("The account’s identity names no signing key.", null, MayPass: false);
        progress?.Report(new ReturnProgress("Reading the account as it is now"));
        var export = await servers.Anonymous(account.Pds).GetRepoAsync(account.Did, null, ct).ConfigureAwait(false);
        if (!export.IsOk)
            return Explain(export.Error);
        _now?.Dispose();
        _now = null;
        var path = Path.Combine(folder, $"now-{_downloads++}.car");
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            // The name goes when it is closed.
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            var (repo, cut) = await CarDownload.VerifyAsync(
                export.Value, file, [], new RepoExpectation(account.Did, [key]), LargestRepo, _ => Task.CompletedTask, ct).ConfigureAwait(false);
            if (repo is null)
                return new ReturnStop($"{Host} broke off: {cut}", null, MayPass: true);
            _now = repo;
        }
        catch (RepoFaultException fault)
        {
            return new ReturnStop($"What {Host} gives out does not hold together: {fault.Message}", null, MayPass: false);
        }

        Preview = ReturnPreview.Make(then, _now, choice.Wants);
        return null;
    }

    private static ReturnStop Explain(XrpcError error) => error.Name switch
    {
        "RepoDeactivated" => new ReturnStop(
            $"The account is switched off at {error.Service.Authority}. Records can be written only into an account that is on.", null, MayPass: false),
        "RepoNotFound" or "RepoTakendown" => new ReturnStop(
            $"{error.Service.Authority} does not give out the account: {error.Message} If the server lost it, restore the account instead.", null, MayPass: false),
        _ => ReturnStop.From(error, "does not give out the account"),
    };

    private static Progress? Steps(IProgress<ReturnProgress>? progress, string doing, long total) =>
        progress is null ? null : new Progress(progress, doing, total);

    private sealed class Progress(IProgress<ReturnProgress> to, string doing, long total) : IProgress<long>
    {
        public void Report(long value) => to.Report(new ReturnProgress(doing, value, total));
    }
}
