using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Tests.AtProto.Plc;
using Xunit;

namespace Migrator.Core.Tests.AtProto;

/// <summary>What we sign the reference libraries accept, and the other way round; what we refuse they refuse.</summary>
public class ReferencePeerTests
{
    private const int Count = 40;
    private static readonly Did Alice = Did.Parse("did:plc:6gmrck4btwuauevjfxstwvh2");
    private static readonly PrivateKey[] Keys =
        [.. Enumerable.Range(0, 8).Select(i => PrivateKey.Generate(i % 2 == 0 ? KeyCurve.K256 : KeyCurve.P256))];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_they_make_we_accept(int seed)
    {
        var made = await ReferencePeer.MakeAsync(Count, seed, TestContext.Current.CancellationToken);
        foreach (var one in List(made, "keys"))
        {
            var curve = Text(one, "alg") == "ES256K" ? KeyCurve.K256 : KeyCurve.P256;
            using var key = PrivateKey.FromScalar(curve, Bytes(one, "privateKey"));
            Assert.Equal(Text(one, "didKey"), key.PublicKey.DidKey);
        }
        foreach (var one in List(made, "signatures"))
            Assert.True(PublicKey.ParseDidKey(Text(one, "didKey")).Verify(Bytes(one, "data"), Bytes(one, "sig")));
        foreach (var one in List(made, "tokens"))
        {
            Assert.True(ServiceJwt.TryRead(Text(one, "token"), PublicKey.ParseDidKey(Text(one, "didKey")), out var claims));
            Assert.Equal((Text(one, "aud"), Text(one, "lxm")), (claims.Audience, claims.Method));
        }
        foreach (var one in List(made, "logs")) AssertSameLife(one);
    }

    [Fact]
    public async Task What_we_make_they_accept()
    {
        var verdict = await ReferencePeer.CheckAsync(new
        {
            signatures = Enumerable.Range(0, Count).Select(i => Signature(Keys[i % Keys.Length], [.. Enumerable.Repeat((byte)i, i)])),
            tokens = Keys.Select(key => Token(key)),
            logs = Logs.Select(log => new { did = log.Did.ToString(), operations = log.Operations.Select(o => o.ToJson()) }),
        }, TestContext.Current.CancellationToken);

        Assert.All(List(verdict, "signatures"), one => Assert.Equal(JsonValueKind.True, one.ValueKind));
        Assert.All(List(verdict, "tokens"), one => Assert.Equal(JsonValueKind.True, one.ValueKind));
        foreach (var (log, theirs) in Logs.Zip(List(verdict, "logs")))
        {
            Assert.Equal("True", theirs.GetProperty("ok").ToString());
            Assert.Equal(log.Operations.Select(o => o.Cid.ToString()), List(theirs, "cids").Select(c => c.GetString()));
            Assert.Equal(log.Operations.Count, log.Replay().Valid.Count);
        }
    }

    [Fact]
    public async Task What_we_refuse_they_refuse()
    {
        var bad = BadLogs();
        Assert.All(bad, log => Assert.Throws<PlcFaultException>(() => log.Replay()));
        var signatures = Enumerable.Range(0, 64).Select(bit => Damage(Signature(Keys[bit % Keys.Length], [1, 2, 3]), bit * 8)).ToList();
        Assert.All(signatures, s =>
            Assert.False(PublicKey.ParseDidKey(s.DidKey).Verify(Convert.FromHexString(s.Data), Convert.FromHexString(s.Sig))));

        var verdict = await ReferencePeer.CheckAsync(new
        {
            signatures,
            logs = bad.Select(log => new { did = log.Did.ToString(), operations = log.Operations.Select(o => o.ToJson()) }),
        }, TestContext.Current.CancellationToken);
        Assert.Equal(signatures.Count, List(verdict, "signatures").Count());
        Assert.All(List(verdict, "signatures"), one => Assert.Equal(JsonValueKind.String, one.ValueKind));
        Assert.Equal(bad.Count, List(verdict, "logs").Count());
        Assert.All(List(verdict, "logs"), one => Assert.Equal(JsonValueKind.String, one.GetProperty("ok").ValueKind));
    }

    private static List<PlcLogBuilder> Logs { get; } =
    [
        .. Keys.Select(key => new PlcLogBuilder()
            .Add(Rich(key, TestKeys.OldServer), key)
            .Add(Rich(TestKeys.User, key), TestKeys.OldServer)
            .Add(PlcLogBuilder.Body(key), key)
            .AddTombstone(key)),
        new PlcLogBuilder().Add(new PlcLegacyCreate(
            TestKeys.Signing.PublicKey.DidKey, TestKeys.User.PublicKey.DidKey, "alice.test", "pds.test").Sign(TestKeys.Signing))
            .Add(PlcLogBuilder.Body(TestKeys.User), TestKeys.User),
    ];

    private static List<PlcLogBuilder> BadLogs()
    {
        var body = PlcLogBuilder.Body(TestKeys.User, TestKeys.OldServer);
        return
        [
            new PlcLogBuilder().Add(body, TestKeys.Other),
            new PlcLogBuilder().Add(body, TestKeys.User).Add(body, TestKeys.Other),
            new PlcLogBuilder().Add(body, TestKeys.User).Add(body, TestKeys.User).Add(body, TestKeys.User, follows: 0),
            new PlcLogBuilder().Add(body, TestKeys.User).AddTombstone(TestKeys.User).Add(body, TestKeys.User),
            new PlcLogBuilder().Add(body, TestKeys.User).Add(new PlcOperation(body, Cid.ForDagCbor([0xa0])).Sign(TestKeys.User)),
        ];
    }

    private static PlcOperationBody Rich(params PrivateKey[] keys) => PlcLogBuilder.Body(keys) with
    {
        VerificationMethods = new Dictionary<string, string>
        {
            ["zz"] = Keys[0].PublicKey.DidKey, ["atproto"] = Keys[1].PublicKey.DidKey, ["a"] = Keys[2].PublicKey.DidKey,
            ["\U0001F98B"] = Keys[3].PublicKey.DidKey, ["\uffff"] = Keys[4].PublicKey.DidKey,
        },
        AlsoKnownAs = ["at://alice.test", "https://blog.test/\"\\\u2028</script>\n", ""],
        Services = new Dictionary<string, ServiceEntry>
        {
            ["x"] = new("", new string('ü', 300)), ["atproto_pds"] = new("AtprotoPersonalDataServer", "https://pds.test"),
        },
    };

    private static void AssertSameLife(JsonElement log)
    {
        var did = Did.Parse(Text(log, "did"));
        var time = PlcLogBuilder.Start;
        var entries = List(log, "operations").Zip(List(log, "cids")).Select(pair => new JsonObject
        {
            ["did"] = did.ToString(),
            ["operation"] = JsonObject.Create(pair.First),
            ["cid"] = pair.Second.GetString(),
            ["nullified"] = false,
            ["createdAt"] = (time += TimeSpan.FromHours(1)).UtcDateTime.ToString("O"),
        });
        var history = PlcAuditLog.Replay(did, JsonSerializer.SerializeToElement(entries.ToList()));
        var first = history.Entries[0].Operation.Body!;
        var theirs = log.GetProperty("normalized");
        Assert.Equal(List(theirs, "rotationKeys").Select(k => k.GetString()), first.RotationKeys);
        Assert.Equal(List(theirs, "alsoKnownAs").Select(k => k.GetString()), first.AlsoKnownAs);
        Assert.Equal(theirs.GetProperty("services").GetProperty("atproto_pds").GetProperty("endpoint").GetString(), first.PdsEndpoint);
    }

    private static SignatureCase Signature(PrivateKey key, byte[] data) =>
        new(key.PublicKey.DidKey, Convert.ToHexStringLower(data), Convert.ToHexStringLower(key.Sign(data)));

    private static object Token(PrivateKey key) => new
    {
        didKey = key.PublicKey.DidKey,
        aud = "did:web:pds.test",
        lxm = "a.b.c",
        token = ServiceJwt.Create(key, Alice, "did:web:pds.test", "a.b.c", TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5)),
    };

    private static SignatureCase Damage(SignatureCase good, int bit)
    {
        var bytes = Convert.FromHexString(good.Sig);
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return good with { Sig = Convert.ToHexStringLower(bytes) };
    }

    private static IEnumerable<JsonElement> List(JsonElement json, string name) => json.GetProperty(name).EnumerateArray();

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static byte[] Bytes(JsonElement json, string name) => Convert.FromHexString(Text(json, name));

    /// <summary>Named as the script names them.</summary>
    private sealed record SignatureCase(
        [property: JsonPropertyName("didKey")] string DidKey, [property: JsonPropertyName("data")] string Data,
        [property: JsonPropertyName("sig")] string Sig);
}
