using System.Buffers;
using System.Security.Cryptography;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Net;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Backups;
using Migrator.Core.Vaults;
using BlobEntry = Migrator.Core.Migrations.BlobEntry;

namespace Migrator.Core.Migrations;

/// <summary>
/// Takes one blob from the source to the target. It counts as copied only when the target answered with the expected CID.
/// So many at once read from the source, and so many write to the target.
/// </summary>
internal sealed class BlobTransfer(MigrationContext context, IAccountSource source, PdsClient target, int atOnce) : IDisposable
{
    private const int TriesPerBlob = 3;

    /// <summary>A blob up to this size is read whole: its place at the source is free again before the target has stored it.</summary>
    private const int HeldWhole = 512 * 1024;

    private readonly SemaphoreSlim _reading = new(atOnce);
    private readonly SemaphoreSlim _writing = new(atOnce);

    /// <summary>What became of the blob; or why it is no use to go on now.</summary>
    public async Task<(BlobEntry? Entry, StepOutcome? Trouble)> RunAsync(BlobEntry blob, CancellationToken ct)
    {
        string? damage = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var (entry, trouble) = await TryAsync(blob, ct);
                if (trouble is not StepOutcome.Retry || attempt >= TriesPerBlob)
                    return (entry, trouble);
            }
            catch (BlobMismatchException problem)
            {
                // Asked twice, so that a passing fault on the line is not taken for damage on the server.
                if (damage is not null)
                    return (blob with { State = BlobState.DamagedAtSource, Reason = problem.Message }, null);
                damage = problem.Message;
            }
            catch (Exception problem)
                when (problem is NetworkLimitException or HttpRequestException or IOException or VaultException or SnapshotFaultException)
            {
                if (attempt >= TriesPerBlob)
                    return (null, new StepOutcome.Retry($"Copying blob {blob.Cid} was cut off: {problem.Message}"));
            }
        }
    }

    public void Dispose()
    {
        _reading.Dispose();
        _writing.Dispose();
    }

    private async Task<(BlobEntry? Entry, StepOutcome? Trouble)> TryAsync(BlobEntry blob, CancellationToken ct)
    {
        byte[] held;
        int length;
        string mimeType;
        await _reading.WaitAsync(ct);
        try
        {
            var opened = await source.OpenBlobAsync(blob.Cid, ct);
            if (!opened.IsOk)
                return NotGiven(blob, opened.Error);
            await using var body = opened.Value;
            mimeType = MimeOf(body.ContentType) ?? blob.MimeType ?? "application/octet-stream";
            if (body.Length is not <= HeldWhole)
                return await StreamAsync(blob, body, mimeType, ct);
            length = (int)body.Length.Value;
            held = ArrayPool<byte>.Shared.Rent(length);
            length = await body.Stream.ReadAtLeastAsync(held.AsMemory(0, length), length, throwOnEndOfStream: false, ct);
        }
        finally
        {
            _reading.Release();
        }

        if (!blob.Cid.DigestEquals(SHA256.HashData(held.AsSpan(0, length))))
            throw new BlobMismatchException(blob.Cid, length);
        using var bytes = new MemoryStream(held, 0, length, writable: false);
        var uploaded = await UploadAsync(bytes, length, mimeType, ct);
        // Given back only after a success: else a request that was cut short may still be reading from it.
        if (uploaded.IsOk)
            ArrayPool<byte>.Shared.Return(held);
        return Judge(blob, uploaded, mimeType, length);
    }

    private async Task<(BlobEntry? Entry, StepOutcome? Trouble)> StreamAsync(
        BlobEntry blob, XrpcStream body, string mimeType, CancellationToken ct)
    {
        using var bytes = new CheckedBlobStream(body.Stream, blob.Cid);
        var uploaded = await UploadAsync(bytes, body.Length, mimeType, ct);
        if (bytes.Mismatch is { } mismatch)
            throw mismatch;
        return Judge(blob, uploaded, mimeType, uploaded.IsOk ? bytes.BytesRead : body.Length);
    }

    private async Task<XrpcResult<UploadedBlob>> UploadAsync(Stream bytes, long? length, string mimeType, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            return await target.UploadBlobAsync(bytes, length, mimeType, ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    private (BlobEntry? Entry, StepOutcome? Trouble) Judge(BlobEntry blob, XrpcResult<UploadedBlob> uploaded, string mimeType, long? size)
    {
        if (uploaded.IsOk)
        {
            return uploaded.Value.Cid == blob.Cid
                ? (blob with { State = BlobState.Copied, Size = size, MimeType = mimeType, Reason = null }, null)
                : (null, new StepOutcome.Retry(
                    $"The new server ({target.Pds.Authority}) stored blob {blob.Cid} under another name ({uploaded.Value.Cid})."));
        }

        var error = uploaded.Error;
        if (error.Status == 413)
            return (blob with { State = BlobState.TooLarge, Size = size ?? blob.Size, Reason = "larger than the new server takes" }, null);
        return error.Failure == XrpcFailure.Refused
            ? (blob with { State = BlobState.Refused, Reason = error.Message }, null)
            : (null, error.ToOutcome(Side.Target, context.Now));
    }

    private (BlobEntry? Entry, StepOutcome? Trouble) NotGiven(BlobEntry blob, XrpcError error) =>
        error.Failure == XrpcFailure.Refused && error.Status is 400 or 404 && !SaysGone(error)
            ? (blob with { State = BlobState.MissingAtSource, Reason = error.Message }, null)
            : (null, error.ToOutcome(Side.Source, context.Now));

    // A deactivated or vanished account is no missing blob: nothing may be written off for it.
    private static bool SaysGone(XrpcError error) =>
        error.Is("RepoDeactivated") || error.Is("RepoTakendown") || error.Is("RepoNotFound") || error.Is("ExpiredToken")
            || error.Is("InvalidToken");

    /// <summary>The type without parameters: servers add a charset to text that the upload would then wrongly repeat.</summary>
    private static string? MimeOf(string? contentType)
    {
        var end = contentType?.IndexOf(';') ?? -1;
        var type = (end < 0 ? contentType : contentType![..end])?.Trim();
        return string.IsNullOrEmpty(type) || !type.Contains('/') ? null : type;
    }
}
