using System.Text;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>
/// Brings records that are gone back into a living account: by ordinary writes under their old names, so that links to them work again.
/// The blobs they use are uploaded first. Nothing that is there now is changed.
/// </summary>
/// <param name="then">The repo as it was; verified.</param>
/// <param name="files">Where its blobs are.</param>
/// <param name="owner">The account's server, signed in; an app password is enough.</param>
public sealed class RecordReturn(VerifiedRepo then, IAccountSource files, PdsClient owner)
{
    // A write as JSON, without the record: names, type and commas.
    private const int FrameBytes = 1024;

    /// <summary>One record that breaks the server is that record; so many one after another are the server.</summary>
    private const int TroublesInARow = 3;

    private readonly Dictionary<Cid, string?> _uploads = [];
    private readonly List<NotReturned> _refused = [];
    private long _returned;
    private int _troubles;

    /// <exception cref="RepoFaultException">A file of the earlier state was changed meanwhile.</exception>
    public async Task<ReturnOutcome> RunAsync(ReturnPreview preview, IProgress<long>? progress, CancellationToken ct)
    {
        var batch = new List<(RepoRecord Record, NewRecord Write)>();
        var size = 0;
        foreach (var record in preview.Records)
        {
            var bytes = then.ReadRecord(record.Cid);
            var (refusal, stopped) = await BringFilesAsync(bytes, ct).ConfigureAwait(false);
            if (stopped is not null)
                return End(stopped);
            var length = Encoding.UTF8.GetByteCount(DagCborJson.ToText(bytes)) + FrameBytes;
            if (refusal is null && length > PdsClient.MaxWriteBytes)
                refusal = $"it is larger ({length:N0} bytes) than servers take in one write";
            if (refusal is not null)
            {
                _refused.Add(new NotReturned(record, refusal));
                continue;
            }

            if ((batch.Count == PdsClient.MaxWrites || size + length > PdsClient.MaxWriteBytes) && await WriteAsync(batch, ct).ConfigureAwait(false) is { } trouble)
                return End(trouble);
            if (batch.Count == 0)
                size = 0;
            var slash = record.Path.IndexOf('/', StringComparison.Ordinal);
            batch.Add((record, new NewRecord(record.Path[..slash], record.Path[(slash + 1)..], bytes)));
            size += length;
            progress?.Report(_returned);
        }

        return End(batch.Count == 0 ? null : await WriteAsync(batch, ct).ConfigureAwait(false));

        ReturnOutcome End(XrpcError? stopped)
        {
            progress?.Report(_returned);
            return new ReturnOutcome(_returned, _refused, preview.Records.Count - _returned - _refused.Count, stopped);
        }
    }

    /// <summary>
    /// Writes the batch and empties it. When the server does not take it as a whole, the records are tried one by one: one bad must not
    /// cost the others.
    /// </summary>
    private async Task<XrpcError?> WriteAsync(List<(RepoRecord Record, NewRecord Write)> batch, CancellationToken ct)
    {
        var result = await owner.CreateRecordsAsync(then.Commit.Did, [.. batch.Select(one => one.Write)], ct).ConfigureAwait(false);
        if (result.IsOk)
        {
            _troubles = 0;
            for (var i = 0; i < batch.Count; i++)
                Judge(batch[i].Record, result.Value[i]);
        }
        else if (result.Error.Failure is not (XrpcFailure.Refused or XrpcFailure.ServerTrouble))
        {
            return result.Error;
        }
        else if (batch.Count > 1)
        {
            foreach (var one in batch)
            {
                if (await WriteAsync([one], ct).ConfigureAwait(false) is { } trouble)
                    return trouble;
            }
        }
        else if (result.Error.Failure == XrpcFailure.Refused)
        {
            _refused.Add(new NotReturned(batch[0].Record, $"the server refused it: {result.Error.Message}"));
        }
        else if (++_troubles == TroublesInARow)
        {
            return result.Error;
        }
        else
        {
            // The reference server answers 500 where a record of that name is there again.
            _refused.Add(new NotReturned(
                batch[0].Record, $"the server could not write it ({result.Error.Status}); perhaps a new record has its name by now"));
        }

        batch.Clear();
        return null;
    }

    private void Judge(RepoRecord record, Cid made)
    {
        if (made == record.Cid)
            _returned++;
        else
            _refused.Add(new NotReturned(record, $"the server stored it as {made} and not as {record.Cid}: it is back, but not byte for byte"));
    }

    /// <summary>Uploads what the record refers to, once each.</summary>
    private async Task<(string? Refusal, XrpcError? Stopped)> BringFilesAsync(byte[] record, CancellationToken ct)
    {
        foreach (var (cid, mimeType) in RecordBlobs.Of(record))
        {
            if (!_uploads.TryGetValue(cid, out var problem))
            {
                (problem, var stopped) = await BlobUpload.RunAsync(files, owner, cid, mimeType, ct).ConfigureAwait(false);
                if (stopped is not null)
                    return (null, stopped);
                _uploads[cid] = problem;
            }

            if (problem is not null)
                return ($"it uses the file {cid}, and {problem}", null);
        }

        return (null, null);
    }
}
