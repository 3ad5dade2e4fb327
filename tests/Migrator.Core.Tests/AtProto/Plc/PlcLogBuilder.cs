using System.Text.Json;
using System.Text.Json.Nodes;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Tests.AtProto.Plc;

/// <summary>Makes audit logs as the directory would show them, also ones that it never should.</summary>
internal sealed class PlcLogBuilder
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly List<JsonObject> _entries = [];
    private readonly List<SignedPlcOperation> _operations = [];
    private DateTimeOffset _time = Start;

    public Did Did => _operations[0].DeriveDid();

    public IReadOnlyList<SignedPlcOperation> Operations => _operations;

    public SignedPlcOperation Last => _operations[^1];

    /// <summary>A body with these rotation keys and otherwise everything that an account has.</summary>
    public static PlcOperationBody Body(params PrivateKey[] rotationKeys) => new()
    {
        RotationKeys = [.. rotationKeys.Select(k => k.PublicKey.DidKey)],
        VerificationMethods = new Dictionary<string, string> { ["atproto"] = TestKeys.Signing.PublicKey.DidKey },
        AlsoKnownAs = ["at://alice.old.test"],
        Services = new Dictionary<string, ServiceEntry> { ["atproto_pds"] = new("AtprotoPersonalDataServer", "https://old.test") },
    };

    public PlcLogBuilder Add(
        PlcOperationBody body, PrivateKey signer, TimeSpan after = default, int? follows = null, bool nullified = false) =>
        Add(new PlcOperation(body, Prev(follows)).Sign(signer), after, nullified);

    public PlcLogBuilder AddTombstone(PrivateKey signer, TimeSpan after = default, bool nullified = false) =>
        Add(new PlcTombstone(Last.Cid).Sign(signer), after, nullified);

    public PlcLogBuilder Add(SignedPlcOperation operation, TimeSpan after = default, bool nullified = false)
    {
        _time += after;
        _operations.Add(operation);
        _entries.Add(new JsonObject
        {
            ["did"] = Did.ToString(),
            ["operation"] = JsonObject.Create(operation.ToJson()),
            ["cid"] = operation.Cid.ToString(),
            ["nullified"] = nullified,
            ["createdAt"] = _time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
        });
        return this;
    }

    /// <summary>Changes an entry by hand, as a lying directory would.</summary>
    public PlcLogBuilder Change(int entry, Action<JsonObject> change)
    {
        change(_entries[entry]);
        return this;
    }

    public JsonElement ToJson() => JsonSerializer.SerializeToElement(_entries);

    public PlcHistory Replay() => PlcAuditLog.Replay(Did, ToJson());

    private Cid? Prev(int? follows) => _operations.Count == 0 ? null : _operations[follows ?? _operations.Count - 1].Cid;
}
