using System.Buffers;
using System.Security.Cryptography;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>
/// Takes one blob from the source into vaults. Small ones are read whole, hashed, and then stored; large ones go straight through to a
/// single vault, hashed on the way, or by way of a file to several. Bytes that are not what the CID names are stored nowhere.
/// </summary>
internal sealed class BlobFetcher(RunContext run)
{
    private const int HeldWhole = 1 << 20;
    private const int Tries = 3;

    public async Task<BlobResult> FetchAsync(BlobReference blob, IReadOnlyList<VaultSide> vaults, CancellationToken ct)
    {
        BlobMismatchException? mismatch = null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var opened = await run.Reader.GetBlobAsync(run.Order.Did, blob.Cid, ct).ConfigureAwait(false);
                if (opened.IsOk)
                {
                    await using var body = opened.Value;
                    await StoreAsync(blob, body, vaults, ct).ConfigureAwait(false);
                    return default;
                }
                if (Judge(blob, opened.Error, attempt) is { } result) return result;
            }
            catch (BlobMismatchException problem)
            {
                // Asked twice, so that a passing fault on the line is not taken for damage on the server.
                if (mismatch is not null) return Absent(blob, BlobAbsence.Damaged, problem.Message);
                mismatch = problem;
            }
            catch (XrpcStreamException broken)
            {
                if (Judge(blob, broken.Error, attempt) is { } result) return result;
            }
        }
    }

    /// <summary>Null: try again at once.</summary>
    private BlobResult? Judge(BlobReference blob, XrpcError error, int attempt)
    {
        if (error.SaysAccountGone()) return End(SourceAnswers.Trouble($"{error.Service.Authority} stopped showing the account in the middle: {error.Message}", run.Now));
        if (error.Failure == XrpcFailure.Refused && error.Status is 400 or 404) return Absent(blob, BlobAbsence.Missing, error.Message);
        if (error.Failure == XrpcFailure.Unreadable) return Absent(blob, BlobAbsence.TooLarge, error.Message);
        if (error.IsTransient && attempt < Tries) return null;
        return End(error.ToOutcome(WaitCause.SourceTrouble, run.Now));

        static BlobResult End(BackupOutcome outcome) => new(null, outcome);
    }

    private static BlobResult Absent(BlobReference blob, BlobAbsence why, string detail) =>
        new(new AbsentBlob(why, detail, blob.FirstPath), null);

    private async Task StoreAsync(BlobReference blob, XrpcStream body, IReadOnlyList<VaultSide> vaults, CancellationToken ct)
    {
        if (body.Length is { } length and <= HeldWhole) await StoreSmallAsync(blob, body.Stream, (int)length, vaults, ct).ConfigureAwait(false);
        else if (vaults.Count == 1) await StoreStraightAsync(blob, body.Stream, vaults[0], ct).ConfigureAwait(false);
        else await StoreByFileAsync(blob, body.Stream, vaults, ct).ConfigureAwait(false);
    }

    private static async Task StoreSmallAsync(BlobReference blob, Stream body, int promised, IReadOnlyList<VaultSide> vaults, CancellationToken ct)
    {
        var held = ArrayPool<byte>.Shared.Rent(Math.Max(promised, 1));
        try
        {
            var length = await body.ReadAtLeastAsync(held.AsMemory(0, promised), promised, throwOnEndOfStream: false, ct).ConfigureAwait(false);
            if (!blob.Cid.DigestEquals(SHA256.HashData(held.AsSpan(0, length)))) throw new BlobMismatchException(blob.Cid, length);
            foreach (var vault in vaults)
            {
                await vault.PutAsync(
                    ObjectContent.OfBlob(blob.Cid), () => length,
                    (content, cancel) => content.WriteAsync(held.AsMemory(0, length), cancel).AsTask(), ct).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(held);
        }
    }

    private static async Task StoreStraightAsync(BlobReference blob, Stream body, VaultSide vault, CancellationToken ct)
    {
        using var bytes = new CheckedBlobStream(body, blob.Cid);
        await vault.PutAsync(
            ObjectContent.OfBlob(blob.Cid), () => bytes.BytesRead, (content, cancel) => bytes.CopyToAsync(content, cancel), ct).ConfigureAwait(false);
    }

    private async Task StoreByFileAsync(BlobReference blob, Stream body, IReadOnlyList<VaultSide> vaults, CancellationToken ct)
    {
        var path = run.Folder.PathOf($"{blob.Cid}.tmp");
        try
        {
            await using (var file = PrivateFile.Create(path))
            {
                using var bytes = new CheckedBlobStream(body, blob.Cid);
                await bytes.CopyToAsync(file, ct).ConfigureAwait(false);
            }
            foreach (var vault in vaults)
            {
                await using var file = PrivateFile.OpenRead(path);
                await vault.PutAsync(
                    ObjectContent.OfBlob(blob.Cid), () => file.Length, (content, cancel) => file.CopyToAsync(content, cancel), ct).ConfigureAwait(false);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
