using System.Text;
using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.Backups;
using Migrator.Testing.Backups;
using Xunit;

namespace Migrator.Core.Tests.Backups;

public class ManifestFileTests
{
    private const string Account = "abcdefghijklmnopqrstuvwxyz";
    private const string Name = $"accounts/{Account}/snapshots/20261122t120000z-0123456789abcdef.age";
    private static readonly KeySigner Signer = new();
    private static readonly string Hash = new('a', 64);
    private static readonly SealedObject Object = new($"objects/{new string('b', 52)}.age", 100, Hash);

    private static readonly SnapshotManifest Good = new(
        2, Guid.NewGuid(), Account, Did.Parse("did:web:example.com"), Handle.Parse("alice.example.com"), new Uri("https://pds.example.com"),
        new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero), null,
        new ManifestRepo("3k", Cid.ForDagCbor([1]), Cid.ForDagCbor([2]), "did:key:z", 10, new Dictionary<string, long> { ["app.bsky.feed.post"] = 2 },
            [new ManifestCar(Object, CarKind.Full, "pds.example.com", "3k", null, 90, Hash)]),
        new ManifestBlobs(0, 0, 0, []), new ManifestPreferences(null, "none"),
        new ManifestIdentity(DateTimeOffset.UnixEpoch, JsonElement.Parse("""{"id":"did:web:example.com"}"""), null));

    [Fact]
    public void What_was_written_is_read_and_its_signature_verifies()
    {
        var (manifest, signature) = Read(ManifestFile.Write(Good, Signer));
        Assert.Equal((true, Signer.DidKey), (signature.IsGood, signature.Key));
        Assert.Equal(StrictJson.Write(Good), StrictJson.Write(manifest));
    }

    [Fact]
    public void A_changed_manifest_is_read_and_its_signature_is_bad()
    {
        var text = Text().Replace("alice.example.com", "mallet.example.com", StringComparison.Ordinal);
        Assert.False(Read(Encoding.UTF8.GetBytes(text)).Signature.IsGood);
    }

    [Fact]
    public void A_key_of_another_curve_is_no_signature()
    {
        var text = Text();
        var second = JsonElement.Parse(text.Split('\n')[1]);
        var other = text.Replace(second.GetProperty("key").GetString()!, "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme", StringComparison.Ordinal);
        Assert.False(Read(Encoding.UTF8.GetBytes(other)).Signature.IsGood);
    }

    [Theory]
    [InlineData("{\"version\":2,", "{\"version\":2,\"more\":2,")] // an unknown member
    [InlineData("{\"version\":2,", "{\"version\":2,\"version\":2,")] // one twice
    [InlineData("{\"version\":2,", "{\"version\":0,")]
    [InlineData("\"predecessor\":null,", "")] // one missing
    [InlineData("\"kind\":\"full\"", "\"kind\":0")] // a number for a name
    [InlineData("\"kind\":\"full\"", "\"kind\":\"delta\"")] // the first must be whole
    [InlineData("\"did\":\"did:web:example.com\"", "\"did\":\"example.com\"")]
    [InlineData("objects/bb", "objects/../")]
    [InlineData("aaaaaaaa\"", "AAAAAAAA\"")]
    [InlineData("\"pds\":\"https://", "\"pds\":\"file://")]
    [InlineData("\"length\":100", "\"length\":-1")]
    [InlineData("\"length\":100", "\"length\":9000000000000000000")] // a few such are more than a number holds
    [InlineData("\"app.bsky.feed.post\":2", "\"app.bsky.feed.post\":9000000000000000000")]
    [InlineData("\"absent\":0", "\"absent\":9000000000000000000")]
    [InlineData("\"predecessor\":null", "\"predecessor\":\"snapshots/x.age\"")]
    [InlineData("\"reason\":\"none\"", "\"reason\":null")] // neither there nor why not
    [InlineData("\n", "\n\n")]
    [InlineData("}\n", "}")]
    public void What_breaks_the_format_is_refused(string good, string bad)
    {
        var text = Text();
        Assert.Contains(good, text, StringComparison.Ordinal);
        var fault = Assert.Throws<SnapshotFaultException>(() => Read(Encoding.UTF8.GetBytes(text.Replace(good, bad, StringComparison.Ordinal))));
        Assert.Equal(SnapshotFault.BadFormat, fault.Fault);
    }

    [Fact]
    public void A_newer_version_is_told_from_a_broken_one()
    {
        var text = Text().Replace("{\"version\":2,", "{\"version\":3,\"new\":true,", StringComparison.Ordinal);
        Assert.Equal(SnapshotFault.NewerVersion, Assert.Throws<SnapshotFaultException>(() => Read(Encoding.UTF8.GetBytes(text))).Fault);
    }

    [Fact]
    public void A_manifest_of_another_account_put_into_this_folder_is_found()
    {
        var bytes = ManifestFile.Write(Good with { Account = new string('z', 26) }, Signer);
        Assert.Equal(SnapshotFault.Contradiction, Assert.Throws<SnapshotFaultException>(() => Read(bytes)).Fault);
    }

    [Theory]
    [InlineData(Name, true)]
    [InlineData("accounts/abcdefghijklmnopqrstuvwxyz/snapshots/20261322t120000z-0123456789abcdef.age", false)] // month 13
    [InlineData("accounts/abcdefghijklmnopqrstuvwxyz/snapshots/20261122t120000z-0123456789ABCDEF.age", false)]
    [InlineData("accounts/abcdefghijklmnopqrstuvwxy1/snapshots/20261122t120000z-0123456789abcdef.age", false)]
    [InlineData("accounts/abcdefghijklmnopqrstuvwxyz/objects/20261122t120000z-0123456789abcdef.age", false)]
    [InlineData("accounts/", false)]
    public void Names_of_manifests_are_told_from_others(string name, bool isOne) =>
        Assert.Equal(isOne, BackupLayout.TryReadSnapshotName(name, out _, out _));

    private static (SnapshotManifest Manifest, ManifestSignature Signature) Read(byte[] bytes) => ManifestFile.Read(bytes, Name, Account);

    private static string Text() => Encoding.UTF8.GetString(ManifestFile.Write(Good, Signer));
}
