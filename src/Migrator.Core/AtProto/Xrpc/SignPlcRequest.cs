using System.Text.Json;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Asks a server to sign a PLC operation. A part that is null is copied from the last operation; a part that is given replaces the
/// old one whole.
/// </summary>
/// <param name="Token">The code that was mailed.</param>
/// <param name="RotationKeys">did:keys, strongest first.</param>
/// <param name="AlsoKnownAs"><c>at://</c> URIs, the handle first.</param>
/// <param name="VerificationMethods">Names to did:keys.</param>
/// <param name="Services">Names to services.</param>
public sealed record SignPlcRequest(
    string? Token, IReadOnlyList<string>? RotationKeys = null, IReadOnlyList<string>? AlsoKnownAs = null,
    IReadOnlyDictionary<string, string>? VerificationMethods = null, IReadOnlyDictionary<string, ServiceEntry>? Services = null)
{
    public override string ToString() => "request to sign a PLC operation";

    internal void Write(Utf8JsonWriter json)
    {
        // The mail shows the code in capitals; people type it as they like.
        if (!string.IsNullOrWhiteSpace(Token)) json.WriteString("token", Token.Trim().ToUpperInvariant());
        WriteList(json, "rotationKeys", RotationKeys);
        WriteList(json, "alsoKnownAs", AlsoKnownAs);
        if (VerificationMethods is not null)
        {
            json.WriteStartObject("verificationMethods");
            foreach (var (name, key) in VerificationMethods) json.WriteString(name, key);
            json.WriteEndObject();
        }
        if (Services is null) return;
        json.WriteStartObject("services");
        foreach (var (name, service) in Services)
        {
            json.WriteStartObject(name);
            json.WriteString("type", service.Type);
            json.WriteString("endpoint", service.Endpoint);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string>? items)
    {
        if (items is null) return;
        json.WriteStartArray(name);
        foreach (var item in items) json.WriteStringValue(item);
        json.WriteEndArray();
    }
}
