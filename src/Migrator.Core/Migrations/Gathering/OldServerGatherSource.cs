using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Migrations.Gathering;

/// <summary>
/// The old server, where the person wants it asked for what nothing else has. Only bytes that prove themselves are taken.
/// </summary>
/// <param name="folder">Where repo and blobs are kept.</param>
internal sealed class OldServerGatherSource(LiveAccountSource server, string folder, MigrationOptions options) : IGatherSource
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Name => server.Name;

    public async Task<VerifiedRepo?> FindRepoAsync(RepoExpectation expectation, List<string> notes, CancellationToken ct)
    {
        var opened = await server.OpenRepoAsync(null, ct);
        if (!opened.IsOk)
        {
            ThrowIfSignedOut(opened.Error);
            notes.Add(IsSwitchedOff(opened.Error)
                ? $"{Name} gives the account to its owner only, for it is switched off there: add the old server with a sign-in."
                : $"{Name} gives no repo: {opened.Error.Message}");
            return null;
        }

        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        var path = Path.Combine(folder, "server.car");
        if (await CarDownload.ToFileAsync(opened.Value, Create(path), options.LargestRepo, _ => Task.CompletedTask, ct) is { } cut)
        {
            notes.Add($"{Name}: the export was cut off: {cut}");
            return null;
        }

        try
        {
            return await RepoVerifier.VerifyFilesAsync([path], expectation, null, null, ct);
        }
        catch (RepoFaultException fault)
        {
            notes.Add($"{Name} sent a repo that does not hold together: {fault.Message}");
            return null;
        }
    }

    public async Task FindBlobsAsync(IReadOnlySet<Cid> wanted, Action<Cid, string, long, string?> found, CancellationToken ct)
    {
        Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        foreach (var cid in wanted)
        {
            var opened = await server.OpenBlobAsync(cid, ct);
            if (!opened.IsOk)
            {
                ThrowIfSignedOut(opened.Error);
                // It would say so of each of them.
                if (IsSwitchedOff(opened.Error))
                    return;
                if (opened.Error.Failure == XrpcFailure.Refused)
                    continue;
                throw new GatherException($"{Name} cannot be asked for the rest: {opened.Error.Message}", again: true);
            }

            var path = Path.Combine(folder, cid.ToString());
            try
            {
                await using var body = opened.Value;
                using var bytes = new CheckedBlobStream(body.Stream, cid);
                await using (var file = Create(path))
                    await bytes.CopyToAsync(file, ct);
                found(cid, path, bytes.BytesRead, body.ContentType);
            }
            catch (Exception problem)
                when (problem is BlobMismatchException or HttpRequestException or NetworkLimitException or XrpcStreamException)
            {
                File.Delete(path);
            }
        }
    }

    public async Task<JsonElement?> FindPreferencesAsync(CancellationToken ct)
    {
        var read = await server.ReadPreferencesAsync(ct);
        return read.IsOk && read.Value.ValueKind == JsonValueKind.Array ? read.Value : null;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static bool IsSwitchedOff(XrpcError error) => error.Name is "RepoDeactivated" or "RepoTakendown";

    private void ThrowIfSignedOut(XrpcError error)
    {
        if (error.Failure == XrpcFailure.SessionLost)
            throw new GatherException($"{Name} ended the sign-in. Sign in to the old server once more, or take it out of the sources.",
                again: false);
    }

    private static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        BufferSize = 1 << 16,
        Options = FileOptions.Asynchronous,
        UnixCreateMode = OwnerOnly,
    });
}
