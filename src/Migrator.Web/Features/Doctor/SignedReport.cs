using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;

namespace Migrator.Web.Features.Doctor;

/// <summary>A stored report with this instance's signature around it, so that anyone can tell later that it was not changed.</summary>
public sealed class SignedReport(ISigner signer)
{
    /// <summary>JWS in the JSON form (RFC 7515 section 9.2.1).</summary>
    public const string MediaType = "application/jose+json";

    public byte[] Write(ReportFile report) => JsonWebSignature.Write(
        JsonSerializer.SerializeToUtf8Bytes(report.Json.RootElement), "application/json", signer.PublicKey, data => signer.Sign(data));
}

/// <summary><c>/.well-known/migrator-keys.json</c>: the public half of the key that this instance signs with. Open to all.</summary>
internal static class PublishedKeys
{
    public const string Path = "/.well-known/migrator-keys.json";

    public static void MapPublishedKeys(this IEndpointRouteBuilder routes) => routes
        .MapGet(Path, (ISigner signer, StorageGate gate) => gate.IsOpen
            ? Results.Bytes(JsonWebKeys.Write(signer.PublicKey), "application/jwk-set+json")
            : Results.StatusCode(StatusCodes.Status503ServiceUnavailable))
        .AllowAnonymous().ExcludeFromDescription();
}
