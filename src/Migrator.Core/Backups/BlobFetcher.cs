using System.Buffers;
using System.Security.Cryptography;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Backups;

/// <summary>
/// Takes one blob from the source to vaults. Small ones are read whole, hashed, and handed over to be packed; large ones go straight through
/// to a single vault, hashed on the way, or by way of a file to several. Bytes that are not what the CID names are stored nowhere.
/// </summary>
internal sealed class BlobFetcher(RunContext run)
{
    private const int Tries = 3;

    public async Task<BlobResult> FetchAsync(BlobReference blob, IReadOnlyList<BlobPacker> vaults, CancellationToken ct)
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

    private async Task StoreAsync(BlobReference blob, XrpcStream body, IReadOnlyList<BlobPacker> vaults, CancellationToken ct)
    {
        if (body.Length > BlobPacker.LargestBlob)
        {
            await StoreLargeAsync(blob, body.Stream, vaults, ct).ConfigureAwait(false);
            return;
        }
        // Some servers do not say how long it is: then one byte more than is packed shows that it is large.
        var room = (int)(body.Length ?? BlobPacker.LargestBlob + 1);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(room, 1));
        try
        {
            var length = await body.Stream.ReadAtLeastAsync(buffer.AsMemory(0, room), room, throwOnEndOfStream: false, ct).ConfigureAwait(false);
            if (length > BlobPacker.LargestBlob)
            {
                await StoreLargeAsync(blob, new JoinedStream(buffer.AsMemory(0, length), body.Stream), vaults, ct).ConfigureAwait(false);
                return;
            }
            if (!Matches(blob.Cid, buffer.AsSpan(0, length))) throw new BlobMismatchException(blob.Cid, length);
            var held = HeldBlob.Take(blob.Cid, ref buffer, length, vaults.Count);
            foreach (var vault in vaults) await vault.AddAsync(held, ct).ConfigureAwait(false);
        }
        finally
        {
            if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private Task StoreLargeAsync(BlobReference blob, Stream body, IReadOnlyList<BlobPacker> vaults, CancellationToken ct) => vaults.Count == 1
        ? StoreStraightAsync(blob, body, vaults[0].Vault, ct)
        : StoreByFileAsync(blob, body, vaults, ct);

    private static bool Matches(Cid cid, ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Cid.DigestLength];
        SHA256.HashData(bytes, digest);
        return cid.DigestEquals(digest);
    }

    private static async Task StoreStraightAsync(BlobReference blob, Stream body, VaultSide vault, CancellationToken ct)
    {
        using var bytes = new CheckedBlobStream(body, blob.Cid);
        await vault.PutAsync(
            ObjectContent.OfBlob(blob.Cid), () => bytes.BytesRead, (content, cancel) => bytes.CopyToAsync(content, cancel), ct).ConfigureAwait(false);
    }

    private async Task StoreByFileAsync(BlobReference blob, Stream body, IReadOnlyList<BlobPacker> vaults, CancellationToken ct)
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
                await vault.Vault.PutAsync(
                    ObjectContent.OfBlob(blob.Cid), () => file.Length, (content, cancel) => file.CopyToAsync(content, cancel), ct).ConfigureAwait(false);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
