using System.Text.Json;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>The account's entry in the PLC directory, as far as the PDS has a say in it.</summary>
public sealed partial class PdsClient
{
    /// <summary>What this server wants to stand in the DID document of the account. It names only its own keys and services.</summary>
    public Task<XrpcResult<RecommendedCredentials>> GetRecommendedDidCredentialsAsync(CancellationToken cancel) =>
        ReadAsync(XrpcCall.Query(Pds, "com.atproto.identity.getRecommendedDidCredentials"), RecommendedCredentials.Read, cancel);

    /// <summary>
    /// Has a code mailed to the account's owner; it lives 15 minutes, and a new one replaces the old. Needs the main password.
    /// </summary>
    public Task<XrpcResult<Nothing>> RequestPlcOperationSignatureAsync(CancellationToken cancel) =>
        DoAsync(XrpcCall.Procedure(Pds, "com.atproto.identity.requestPlcOperationSignature"), cancel);

    /// <summary>
    /// Has the server sign an operation with its rotation key, on top of the last one in the directory. The code is used up even if
    /// signing fails. Compare what comes back with what was asked, and store it before sending it anywhere.
    /// </summary>
    /// <returns>
    /// The signed operation as the directory takes it; <c>ExpiredToken</c> or <c>InvalidToken</c> when the code is old or wrong.
    /// </returns>
    public Task<XrpcResult<JsonElement>> SignPlcOperationAsync(SignPlcRequest request, CancellationToken cancel) =>
        ReadAsync(
            XrpcCall.Procedure(Pds, "com.atproto.identity.signPlcOperation", JsonBody.Of(request.Write)) with { CarriesCode = true },
            reply => reply.Element("operation", JsonValueKind.Object), cancel);

    /// <summary>
    /// Has the server check an operation and pass it to the directory. Judge success by the head of the audit log, not by this answer:
    /// an operation sent twice is refused the second time.
    /// </summary>
    public Task<XrpcResult<Nothing>> SubmitPlcOperationAsync(JsonElement operation, CancellationToken cancel)
    {
        var body = JsonBody.Of(json =>
        {
            json.WritePropertyName("operation");
            operation.WriteTo(json);
        });
        return DoAsync(XrpcCall.Procedure(Pds, "com.atproto.identity.submitPlcOperation", body), cancel);
    }
}
