using System.Text.Json;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.AtProto.Plc;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.EndToEnd.Tests.Restore;

/// <summary>The tool with which a person who never gives the key away signs what is shown to them.</summary>
internal static class OwnTool
{
    public static string Sign(string unsigned, PrivateKey key, Func<PlcOperationBody, PlcOperationBody>? change = null)
    {
        using var json = JsonDocument.Parse(unsigned);
        var root = json.RootElement;
        var body = new PlcOperationBody
        {
            RotationKeys = [.. root.GetProperty("rotationKeys").EnumerateArray().Select(item => item.GetString()!)],
            VerificationMethods = root.GetProperty("verificationMethods").EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetString()!),
            AlsoKnownAs = [.. root.GetProperty("alsoKnownAs").EnumerateArray().Select(item => item.GetString()!)],
            Services = root.GetProperty("services").EnumerateObject().ToDictionary(
                item => item.Name, item => new ServiceEntry(item.Value.GetProperty("type").GetString()!, item.Value.GetProperty("endpoint").GetString()!)),
        };
        var signed = new PlcOperation(change?.Invoke(body) ?? body, Cid.Parse(root.GetProperty("prev").GetString()!)).Sign(key);
        return signed.ToJson().GetRawText();
    }
}
