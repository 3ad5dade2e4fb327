using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.Backups;

/// <summary>What the fields of a manifest or a page must be beyond their JSON types. A reader relies on every one of these.</summary>
internal static class ManifestRules
{
    public const int MaxChain = 4096;
    public const int MaxPages = 65_536;
    public const int MaxBlobsPerPage = 65_536;
    private const int HashLength = 64;

    /// <summary>Far more than there are; and the sum of all counts, or lengths, that a manifest has room for fits into a number.</summary>
    private const long Most = 1L << 40;

    /// <summary>Largest blob in a pack: a reader may hold one in memory.</summary>
    public const int MaxPackedBlob = 4 << 20;

    private const int FirstWithPacks = 2;

    /// <exception cref="SnapshotFaultException">A rule is broken.</exception>
    public static void Check(SnapshotManifest manifest, string name, string accountId)
    {
        if (manifest.Version is < 1 or > SnapshotManifest.CurrentVersion) throw Bad($"version {manifest.Version}");
        if (manifest.Account != accountId)
        {
            throw new SnapshotFaultException(SnapshotFault.Contradiction, name,
                "it says that it belongs to another account's folder: it was put here by somebody");
        }
        if (manifest.Vault == Guid.Empty) throw Bad("no vault id");
        if (!manifest.Pds.IsAbsoluteUri || manifest.Pds.Scheme is not ("http" or "https")) throw Bad("the server is no web address");
        if (manifest.TakenAt.Offset != TimeSpan.Zero) throw Bad("the time is not UTC");
        if (manifest.Predecessor is not null && !BackupLayout.IsSnapshot(manifest.Predecessor)) throw Bad("the predecessor's name");
        CheckChain(manifest.Repo.Chain);
        var repo = manifest.Repo;
        if (repo.Records.Values.Any(count => count is < 1 or > Most) || repo.Bytes < 0) throw Bad("the counts of the repo");
        var blobs = manifest.Blobs;
        if (blobs.Count is < 0 or > Most || blobs.Bytes < 0 || blobs.Absent is < 0 or > Most) throw Bad("the counts of the blobs");
        if (blobs.Pages.Count > MaxPages) throw Bad("the number of pages");
        if (!blobs.Pages.All(IsGood)) throw Bad("a page of blobs");
        if (manifest.Preferences.Value is null == manifest.Preferences.Reason is null) throw Bad("preferences are either there or not, with a reason");

        SnapshotFaultException Bad(string what) => new(SnapshotFault.BadFormat, name, $"the manifest breaks the format: {what}");

        void CheckChain(IReadOnlyList<ManifestCar> chain)
        {
            if (chain.Count is 0 or > MaxChain) throw Bad("the number of CAR files");
            for (var i = 0; i < chain.Count; i++)
            {
                var car = chain[i];
                if (!IsGood(car.Object) || !IsHash(car.PlainSha256) || car.PlainLength is < 1 or > Most) throw Bad($"CAR file {i + 1}");
                if (car.Kind != (i == 0 ? CarKind.Full : CarKind.Delta)) throw Bad("the first CAR file is whole, all others are deltas");
                if (car.Kind == CarKind.Delta == car.Since is null) throw Bad("a delta says since when, a whole one does not");
            }
        }
    }

    /// <exception cref="SnapshotFaultException">A rule is broken.</exception>
    public static void Check(BlobPage page, string name)
    {
        if (page.Version is < 1 or > BlobPage.CurrentVersion) throw Bad($"version {page.Version}");
        if (page.Blobs.Count > MaxBlobsPerPage) throw Bad("too many blobs");
        var objects = new Dictionary<string, BlobEntry>(StringComparer.Ordinal);
        for (var i = 0; i < page.Blobs.Count; i++)
        {
            var blob = page.Blobs[i];
            if (i > 0 && blob.Cid.CompareTo(page.Blobs[i - 1].Cid) <= 0) throw Bad("the blobs are not in order");
            if (blob.Object is null == blob.Absent is null) throw Bad($"blob {blob.Cid} is either there or absent");
            if (blob.Object is not null && !IsGood(blob.Object)) throw Bad($"the object of blob {blob.Cid}");
            if (blob.Size < 0) throw Bad($"the size of blob {blob.Cid}");
            if (blob.Offset is { } offset && (page.Version < FirstWithPacks || !IsInside(blob, offset))) throw Bad($"the place of blob {blob.Cid}");
            if (blob.Object is { } place && objects.TryAdd(place.Name, blob) is false && !MayShare(objects[place.Name], blob))
                throw Bad($"the object of blob {blob.Cid}, which is said to hold another one too");
        }

        SnapshotFaultException Bad(string what) => new(SnapshotFault.BadFormat, name, $"the page of blobs breaks the format: {what}");
    }

    // What is sealed is longer than what it holds, so that no place behind the stored length can be meant.
    private static bool IsInside(BlobEntry blob, long offset) =>
        blob is { Object: { } pack, Size: { } size and <= MaxPackedBlob } && offset > Cid.BinaryLength && offset <= pack.Length - size;

    private static bool MayShare(BlobEntry one, BlobEntry other) =>
        one.Object == other.Object && one.Offset is not null && other.Offset is not null;

    private static bool IsGood(SealedObject sealedObject) =>
        BackupLayout.IsObject(sealedObject.Name) && sealedObject.Length is > 0 and <= Most && IsHash(sealedObject.Sha256);

    private static bool IsHash(string text) => text.Length == HashLength && !text.AsSpan().ContainsAnyExcept("0123456789abcdef");
}
