using System.Text.Json;
using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Xrpc;

/// <summary>
/// Takes fields out of a JSON answer and remembers the first one that is missing or wrong, so that reading code needs no branch per
/// field: read everything, then look at <see cref="Fault"/>. After a fault the values are empty ones and must not be used.
/// </summary>
public sealed class ReplyReader
{
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly ReplyReader? _parent;
    private string? _fault;

    public ReplyReader(JsonElement element) : this(element, "", null)
    {
    }

    private ReplyReader(JsonElement element, string path, ReplyReader? parent)
    {
        (_object, _path, _parent) = (element, path, parent);
        if (element.ValueKind != JsonValueKind.Object)
            SetFault(path.Length == 0 ? "the answer is not an object" : $"\"{path}\" is not an object");
    }

    /// <summary>What is wrong with the answer, or null.</summary>
    public string? Fault => _parent is null ? _fault : _parent.Fault;

    /// <summary>The answer itself.</summary>
    public JsonElement Root => _object;

    /// <summary>Makes the answer a fault unless <paramref name="holds"/>.</summary>
    public void Expect(bool holds, string fault)
    {
        if (!holds) SetFault(fault);
    }

    public string? OptionalString(string name) => Find(name, JsonValueKind.String, out var value) ? value.GetString() : null;

    public string String(string name) => OptionalString(name) ?? Miss(name, "a text", "");

    public bool Bool(string name, bool whenAbsent = false) =>
        Has(name, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : whenAbsent;

    public long? OptionalLong(string name) =>
        Find(name, JsonValueKind.Number, out var value) && value.TryGetInt64(out var number) ? number : null;

    public long Long(string name) => OptionalLong(name) ?? Miss(name, "a whole number", 0L);

    public Did Did(string name) => Syntax.Did.TryParse(OptionalString(name), out var did) ? did : Miss(name, "a DID", default(Did));

    /// <summary>A DID as text, for services whose DID is only ever compared.</summary>
    public string DidText(string name) => Syntax.Did.TryParse(OptionalString(name), out var did) ? did.ToString() : Miss(name, "a DID", "");

    public Cid Cid(string name) => Syntax.Cid.TryParse(OptionalString(name), out var cid) ? cid : Miss(name, "a CID", default(Cid));

    public Tid Tid(string name) => Syntax.Tid.TryParse(OptionalString(name), out var tid) ? tid : Miss(name, "a TID", default(Tid));

    public Handle? OptionalHandle(string name) => Handle.TryParse(OptionalString(name), out var handle) ? handle : null;

    public Uri? OptionalWebAddress(string name) =>
        Uri.TryCreate(OptionalString(name), UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps ? uri : null;

    public ReplyReader Object(string name) => Child(Has(name, out var value) ? value : default, name);

    public ReplyReader? OptionalObject(string name) =>
        Find(name, JsonValueKind.Object, out var value) ? Child(value, name) : null;

    public IEnumerable<ReplyReader> Objects(string name) =>
        Find(name, JsonValueKind.Array, out var value)
            ? value.EnumerateArray().Select(item => Child(item, name))
            : Miss(name, "a list", Enumerable.Empty<ReplyReader>());

    public IReadOnlyList<string> Strings(string name)
    {
        if (!Find(name, JsonValueKind.Array, out var value)) return [];
        var list = new List<string>(Math.Min(value.GetArrayLength(), 1024));
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String) list.Add(item.GetString()!);
            else Miss(name, "a list of texts", 0);
        }
        return list;
    }

    public IReadOnlyDictionary<string, string> StringMap(string name)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!Find(name, JsonValueKind.Object, out var value)) return map;
        foreach (var property in value.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String) map[property.Name] = property.Value.GetString()!;
            else Miss(name, "a map of texts", 0);
        }
        return map;
    }

    public IEnumerable<(string Name, ReplyReader Value)> ObjectMap(string name) =>
        Find(name, JsonValueKind.Object, out var value)
            ? value.EnumerateObject().Select(property => (property.Name, Child(property.Value, name)))
            : [];

    /// <summary>A field of any of these kinds, detached from the answer.</summary>
    public JsonElement Element(string name, JsonValueKind kind) =>
        Find(name, kind, out var value) ? value.Clone() : Miss(name, "a " + kind, default(JsonElement));

    private bool Has(string name, out JsonElement value)
    {
        value = default;
        return _object.ValueKind == JsonValueKind.Object && _object.TryGetProperty(name, out value);
    }

    private bool Find(string name, JsonValueKind kind, out JsonElement value) => Has(name, out value) && value.ValueKind == kind;

    private ReplyReader Child(JsonElement element, string name) => new(element, _path.Length == 0 ? name : $"{_path}.{name}", this);

    private T Miss<T>(string name, string wanted, T empty)
    {
        SetFault($"\"{(_path.Length == 0 ? name : $"{_path}.{name}")}\" is not {wanted}");
        return empty;
    }

    private void SetFault(string fault)
    {
        if (_parent is not null) _parent.SetFault(fault);
        else _fault ??= fault;
    }
}
