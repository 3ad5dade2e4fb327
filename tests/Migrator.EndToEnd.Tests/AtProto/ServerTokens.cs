using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.AtProto;

/// <summary>Tokens as a server of the test network signs them: nobody wants to wait two hours for one to expire.</summary>
internal static class ServerTokens
{
    /// <summary>The same token, with its life ended a minute ago.</summary>
    public static string Expire(PdsProcess pds, string accessJwt)
    {
        var parts = accessJwt.Split('.');
        var payload = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        payload["iat"] = DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeSeconds();
        payload["exp"] = DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeSeconds();
        var signed = $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload.ToJsonString()))}";
        // Made the same way in tests/network/pds.mjs.
        var secret = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("jwt " + pds.ReadRotationKeyHex())));
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }
}
