using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Migrator.Core.Accounts;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Identity;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Repo;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>
/// A snapshot whose manifest was opened. It reads from the vault when asked, so vault and keys must stay until it is no longer used.
/// Safe for many threads. Dispose it when nobody reads any more: it wipes the keys of the objects that were opened; those of the person are
/// the caller's.
/// </summary>
public sealed class OpenedSnapshot : IDisposable
{
    private const int MaxPageBytes = 16 << 20;

    private readonly SealedReader _reader;

    internal OpenedSnapshot(SealedReader reader, string name, string accountId, SnapshotManifest manifest, ManifestSignature signature)
    {
        _reader = reader;
        Name = name;
        AccountId = accountId;
        Manifest = manifest;
        Signature = signature;
    }

    /// <summary>Full name of the manifest in the vault.</summary>
    public string Name { get; }

    public string AccountId { get; }

    public SnapshotManifest Manifest { get; }

    /// <summary>Who signed the manifest, and whether the signature is good. That it is a key you trust is for you to compare.</summary>
    public ManifestSignature Signature { get; }

    /// <summary>For messages: the vault's name.</summary>
    public string VaultName => _reader.Vault.Name;

    /// <summary>The app preferences, a JSON array; null when they were not backed up (<see cref="ManifestPreferences.Reason"/> says why).</summary>
    public JsonElement? Preferences => Manifest.Preferences.Value;

    public JsonElement DidDocument => Manifest.Identity.Document;

    /// <summary>The PLC operations as they were, for a did:plc.</summary>
    public JsonElement? AuditLog => Manifest.Identity.AuditLog;

    /// <summary>
    /// The keys that may have signed the repo. For a did:plc they come from the operation log in the snapshot, replayed from the first
    /// operation, which hashes to the DID: nobody can have forged it. For a did:web they are what the stored document says.
    /// </summary>
    /// <exception cref="SnapshotFaultException">The log or the document in the snapshot is not genuine or names no key.</exception>
    public IReadOnlyList<PublicKey> SigningKeys()
    {
        var document = AtProto.Identity.DidDocument.TryRead(Manifest.Did, DidDocument)
            ?? throw Contradiction("its DID document is about another account");
        List<PublicKey> keys = document.SigningKey is { } current ? [current] : [];
        if (!Manifest.Did.IsPlc) return keys.Count > 0 ? keys : throw Contradiction("its DID document names no signing key");
        if (AuditLog is not { } log) throw Contradiction("it has no operation log, which a did:plc must have");
        try
        {
            // The document comes from the directory as well, but only the log proves itself.
            return PlcAuditLog.Replay(Manifest.Did, log).SigningKeysNewestFirst;
        }
        catch (PlcFaultException fault)
        {
            throw new SnapshotFaultException(SnapshotFault.Contradiction, Name, $"its operation log is not genuine: {fault.Message}", fault);
        }
    }

    /// <summary>Every blob that records refer to, there or absent, in no order of meaning. Reads the pages one by one.</summary>
    /// <exception cref="SnapshotFaultException">A page is missing or damaged.</exception>
    public async IAsyncEnumerable<BlobEntry> ListBlobsAsync([EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var page in Manifest.Blobs.Pages)
        {
            foreach (var blob in await ReadPageAsync(page, ct).ConfigureAwait(false)) yield return blob;
        }
    }

    /// <summary>
    /// Unseals the CAR files into a folder and verifies everything: signature, tree, every record. The files are needed until the result
    /// is disposed; they stay the caller's to delete.
    /// </summary>
    /// <param name="workFolder">Exists; takes as many bytes as the CAR files have together.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="SnapshotFaultException">An object is missing or damaged, or the repo is not the one that the manifest names.</exception>
    public async Task<VerifiedRepo> OpenRepoAsync(string workFolder, CancellationToken ct)
    {
        var files = new List<string>();
        foreach (var car in Manifest.Repo.Chain) files.Add(await UnsealCarAsync(car, workFolder, ct).ConfigureAwait(false));
        VerifiedRepo repo;
        try
        {
            repo = await RepoVerifier.VerifyFilesAsync(files, new RepoExpectation(Manifest.Did, SigningKeys()), null, null, ct).ConfigureAwait(false);
        }
        catch (RepoFaultException fault)
        {
            throw new SnapshotFaultException(SnapshotFault.Contradiction, Name, $"its repo does not hold together: {fault.Message}", fault);
        }
        if (repo.Commit.Cid == Manifest.Repo.Commit && repo.Commit.Data == Manifest.Repo.Data) return repo;
        repo.Dispose();
        throw Contradiction($"its repo is at commit {repo.Commit.Cid}, the manifest says {Manifest.Repo.Commit}");
    }

    /// <summary>The bytes of a blob. They are hashed on the way: the last piece comes only if everything matched the CID.</summary>
    /// <exception cref="KeyNotFoundException">No record of this snapshot refers to it, or it is absent.</exception>
    /// <exception cref="SnapshotFaultException">The object is missing or damaged; may come in the middle of the stream.</exception>
    public async Task<Stream> OpenBlobAsync(Cid cid, CancellationToken ct)
    {
        await foreach (var blob in ListBlobsAsync(ct).ConfigureAwait(false))
        {
            if (blob.Cid == cid) return await OpenBlobAsync(blob, ct).ConfigureAwait(false);
        }
        throw new KeyNotFoundException($"The snapshot has no blob {cid}.");
    }

    /// <inheritdoc cref="OpenBlobAsync(Cid, CancellationToken)"/>
    public async Task<Stream> OpenBlobAsync(BlobEntry blob, CancellationToken ct)
    {
        if (blob.Object is not { } place) throw new KeyNotFoundException($"The snapshot has no blob {blob.Cid}: {blob.Absent?.Detail}");
        var name = BackupLayout.Absolute(AccountId, place.Name);
        if (blob is { Offset: { } offset, Size: { } size }) return await OpenPackedAsync(blob.Cid, name, place.Length, offset, (int)size, ct).ConfigureAwait(false);
        return new CheckedBlobStream(await _reader.OpenAsync(name, ct).ConfigureAwait(false), blob.Cid);
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>Reads a block of a pack, and that it is one: else no other tool would find the blob.</summary>
    private async Task<Stream> OpenPackedAsync(Cid cid, string name, long storedLength, long offset, int size, CancellationToken ct)
    {
        var before = PackFrame.PrefixLength(size);
        if (offset < before) throw NotThere();
        var bytes = await _reader.ReadPartAsync(name, storedLength, offset - before, before + size, ct).ConfigureAwait(false);
        if (!PackFrame.IsPrefix(bytes.AsSpan(0, before), cid, size)) throw NotThere();
        return new CheckedBlobStream(new MemoryStream(bytes, before, size, writable: false), cid);

        SnapshotFaultException NotThere() => new(SnapshotFault.Damaged, name, $"at {offset} it does not hold the blob {cid}, as it should");
    }

    internal async Task<IReadOnlyList<BlobEntry>> ReadPageAsync(SealedObject place, CancellationToken ct)
    {
        var name = BackupLayout.Absolute(AccountId, place.Name);
        var bytes = await _reader.ReadAsync(name, place, MaxPageBytes, ct).ConfigureAwait(false);
        try
        {
            var page = StrictJson.Read<BlobPage>(bytes);
            ManifestRules.Check(page, name);
            return page.Blobs;
        }
        catch (JsonException fault)
        {
            throw new SnapshotFaultException(SnapshotFault.BadFormat, name, $"the page of blobs cannot be read at {fault.Path ?? "its start"}", fault);
        }
    }

    internal async Task<string> UnsealCarAsync(ManifestCar car, string workFolder, CancellationToken ct)
    {
        var name = BackupLayout.Absolute(AccountId, car.Object.Name);
        var path = Path.Combine(workFolder, Path.GetFileNameWithoutExtension(car.Object.Name) + ".car");
        var content = await _reader.OpenAsync(name, ct).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await using var file = PrivateFile.Create(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var piece = new byte[1 << 17];
            long length = 0;
            int count;
            while ((count = await content.ReadAsync(piece, ct).ConfigureAwait(false)) > 0)
            {
                if ((length += count) > car.PlainLength) break;
                hash.AppendData(piece, 0, count);
                await file.WriteAsync(piece.AsMemory(0, count), ct).ConfigureAwait(false);
            }
            // It unsealed, so it is a whole age file; but anybody can seal to a public key.
            if (length != car.PlainLength || Convert.ToHexStringLower(hash.GetHashAndReset()) != car.PlainSha256)
                throw new SnapshotFaultException(SnapshotFault.Damaged, name, "it holds another CAR file than the one that was stored");
        }
        return path;
    }

    private SnapshotFaultException Contradiction(string detail) => new(SnapshotFault.Contradiction, Name, detail);
}
