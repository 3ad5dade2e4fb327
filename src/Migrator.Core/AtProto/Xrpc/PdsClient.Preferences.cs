using System.Text.Json;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The preferences that apps keep at the PDS. A server without an AppView has none and answers 400.</summary>
public sealed partial class PdsClient
{
    private const int MaxPreferencesBytes = 8 << 20;

    /// <summary>The preferences: a JSON array of objects with a <c>$type</c>. An app password does not see the birth date.</summary>
    public Task<XrpcResult<JsonElement>> GetPreferencesAsync(CancellationToken cancel) =>
        ReadAsync(
            XrpcCall.Query(Pds, "app.bsky.actor.getPreferences") with { MaxReplyBytes = MaxPreferencesBytes },
            reply => reply.Element("preferences", JsonValueKind.Array), cancel);

    /// <summary>Replaces all preferences. The server drops those that it computes itself.</summary>
    public Task<XrpcResult<Nothing>> PutPreferencesAsync(JsonElement preferences, CancellationToken cancel)
    {
        var body = JsonBody.Of(json =>
        {
            json.WritePropertyName("preferences");
            preferences.WriteTo(json);
        });
        return DoAsync(XrpcCall.Procedure(Pds, "app.bsky.actor.putPreferences", body), cancel);
    }
}
