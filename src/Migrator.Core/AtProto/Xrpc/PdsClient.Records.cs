using System.Text.Json;
using Migrator.Core.AtProto.DagCbor;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Writing single records, as apps do.</summary>
public sealed partial class PdsClient
{
    /// <summary>Most records in one call.</summary>
    public const int MaxWrites = 200;

    /// <summary>The reference server takes no JSON body beyond 150 KiB.</summary>
    public const int MaxWriteBytes = 140 * 1024;

    /// <summary>
    /// Creates records under the names given, all or none. The server checks them against no schema (<c>validate: false</c>): they were
    /// accepted once. A name that is taken makes it refuse; blobs that are referred to must have been uploaded.
    /// </summary>
    /// <param name="did">The account that is signed in.</param>
    /// <param name="records">At most <see cref="MaxWrites"/>, with at most <see cref="MaxWriteBytes"/> of JSON.</param>
    /// <param name="cancel">Stops the call; the server may have written all the same.</param>
    /// <returns>The CIDs as the server made them, in the order of the records. Compare them.</returns>
    public Task<XrpcResult<IReadOnlyList<Cid>>> CreateRecordsAsync(Did did, IReadOnlyList<NewRecord> records, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(records.Count, MaxWrites);
        var body = JsonBody.Of(json =>
        {
            json.WriteString("repo", did.ToString());
            json.WriteBoolean("validate", false);
            json.WriteStartArray("writes");
            foreach (var record in records)
                record.Write(json);
            json.WriteEndArray();
        });
        return ReadAsync(
            XrpcCall.Procedure(Pds, "com.atproto.repo.applyWrites", body) with { Bucket = "applyWrites" },
            reply =>
            {
                IReadOnlyList<Cid> cids = [.. reply.Objects("results").Select(result => result.Cid("cid"))];
                reply.Expect(cids.Count == records.Count, "\"results\" has another length than what was sent");
                return cids;
            },
            cancel);
    }
}

/// <summary>A record to be created.</summary>
/// <param name="Collection">NSID.</param>
/// <param name="Key">Record key.</param>
/// <param name="Bytes">DAG-CBOR.</param>
public sealed record NewRecord(string Collection, string Key, byte[] Bytes)
{
    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("$type", "com.atproto.repo.applyWrites#create");
        json.WriteString("collection", Collection);
        json.WriteString("rkey", Key);
        json.WritePropertyName("value");
        DagCborJson.Write(json, Bytes);
        json.WriteEndObject();
    }
}
