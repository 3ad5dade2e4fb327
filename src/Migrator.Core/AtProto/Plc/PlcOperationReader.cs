using System.Text.Json;
using Migrator.Core.AtProto.Syntax;
using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.AtProto.Plc;

/// <summary>Reads one operation from JSON: the fields of its type and no others, each of the right kind, within caps.</summary>
internal static class PlcOperationReader
{
    /// <summary>The directory takes 4,000 bytes now and took 7,500 earlier; old ones are not refused for being larger than that.</summary>
    private const int MaxBytes = 16 * 1024;

    private const int MaxItems = 32;
    private static readonly string[] OperationFields =
        ["type", "rotationKeys", "verificationMethods", "alsoKnownAs", "services", "prev", "sig"];
    private static readonly string[] TombstoneFields = ["type", "prev", "sig"];
    private static readonly string[] CreateFields = ["type", "signingKey", "recoveryKey", "handle", "service", "prev", "sig"];
    private static readonly string[] ServiceFields = ["type", "endpoint"];

    internal static SignedPlcOperation Read(JsonElement json)
    {
        CheckUnicode(json);
        if (json.ValueKind != JsonValueKind.Object) throw Malformed("the operation is not an object");
        if (!json.TryGetProperty("type", out var type)) throw Malformed("the operation has no type");
        var operation = Text(type, "type") switch
        {
            PlcOperation.TypeName => ReadOperation(json),
            PlcTombstone.TypeName => ReadTombstone(json),
            PlcLegacyCreate.TypeName => ReadCreate(json),
            _ => throw Malformed("the operation is of an unknown type"),
        };
        var signed = operation.WithSignature(TextOf(json, "sig"));
        return signed.SignedBytes.Length <= MaxBytes
            ? signed
            : throw new PlcFaultException(PlcFault.TooLarge, $"the operation is larger than {MaxBytes} bytes");
    }

    /// <summary>
    /// Escapes in JSON can spell half a surrogate pair, which is no text. The framework notices only when the text is asked for, and
    /// then with an exception that means a bug; so every text is looked at once, here.
    /// </summary>
    internal static void CheckUnicode(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray()) CheckUnicode(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in json.EnumerateObject())
                {
                    ReadUnicode(property, static p => p.Name);
                    CheckUnicode(property.Value);
                }
                break;
            case JsonValueKind.String:
                ReadUnicode(json, static j => j.GetString());
                break;
        }
    }

    private static void ReadUnicode<T>(T json, Func<T, string?> read)
    {
        try
        {
            read(json);
        }
        catch (InvalidOperationException)
        {
            throw Malformed("it holds text that is not Unicode");
        }
    }

    private static UnsignedPlcOperation ReadOperation(JsonElement json)
    {
        CheckFields(json, OperationFields, "operation");
        var body = new PlcOperationBody
        {
            RotationKeys = Texts(json, "rotationKeys"),
            VerificationMethods = Map(json, "verificationMethods", Text),
            AlsoKnownAs = Texts(json, "alsoKnownAs"),
            Services = Map(json, "services", ReadService),
        };
        return new PlcOperation(body, Prev(json));
    }

    private static UnsignedPlcOperation ReadTombstone(JsonElement json)
    {
        CheckFields(json, TombstoneFields, "tombstone");
        return new PlcTombstone(Prev(json) ?? throw Malformed("the tombstone follows nothing"));
    }

    private static UnsignedPlcOperation ReadCreate(JsonElement json)
    {
        CheckFields(json, CreateFields, "create operation");
        if (Prev(json) is not null) throw Malformed("the create operation follows another");
        return new PlcLegacyCreate(
            TextOf(json, "signingKey"), TextOf(json, "recoveryKey"), TextOf(json, "handle"), TextOf(json, "service"));
    }

    private static ServiceEntry ReadService(JsonElement json, string name)
    {
        if (json.ValueKind != JsonValueKind.Object) throw Malformed($"a value of '{name}' is not an object");
        CheckFields(json, ServiceFields, "service");
        return new ServiceEntry(TextOf(json, "type"), TextOf(json, "endpoint"));
    }

    /// <summary>Exactly these fields, each once.</summary>
    private static void CheckFields(JsonElement json, string[] names, string what)
    {
        var seen = 0;
        foreach (var property in json.EnumerateObject())
        {
            var index = Array.FindIndex(names, name => property.NameEquals(name));
            if (index < 0) throw Malformed($"the {what} has an unknown field");
            if ((seen & (1 << index)) != 0) throw Malformed($"the {what} has the field '{names[index]}' twice");
            seen |= 1 << index;
        }
        for (var i = 0; i < names.Length; i++)
        {
            if ((seen & (1 << i)) == 0) throw Malformed($"the {what} has no field '{names[i]}'");
        }
    }

    private static Cid? Prev(JsonElement json)
    {
        var prev = json.GetProperty("prev");
        if (prev.ValueKind == JsonValueKind.Null) return null;
        return Cid.TryParse(Text(prev, "prev"), out var cid) ? cid : throw Malformed("'prev' is not a CID");
    }

    private static List<string> Texts(JsonElement json, string name)
    {
        var array = json.GetProperty(name);
        if (array.ValueKind != JsonValueKind.Array) throw Malformed($"'{name}' is not a list");
        if (array.GetArrayLength() > MaxItems) throw TooMany(name);
        return [.. array.EnumerateArray().Select(item => Text(item, name))];
    }

    private static OrderedDictionary<string, T> Map<T>(JsonElement json, string name, Func<JsonElement, string, T> read)
    {
        var value = json.GetProperty(name);
        if (value.ValueKind != JsonValueKind.Object) throw Malformed($"'{name}' is not an object");
        var map = new OrderedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            if (map.Count == MaxItems) throw TooMany(name);
            if (!map.TryAdd(property.Name, read(property.Value, name))) throw Malformed($"'{name}' has a field twice");
        }
        return map;
    }

    private static string Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Malformed($"'{name}' holds something that is not text");

    private static string TextOf(JsonElement json, string name) => Text(json.GetProperty(name), name);

    private static PlcFaultException Malformed(string detail) => new(PlcFault.Malformed, detail);

    private static PlcFaultException TooMany(string name) => new(PlcFault.TooLarge, $"'{name}' holds more than {MaxItems} values");
}
