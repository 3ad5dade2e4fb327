namespace Migrator.Core.AtProto.Syntax;

/// <summary>
/// The address of an account, a collection or a record: <c>at://did-or-handle[/collection[/record-key]]</c>.
/// </summary>
/// <remarks>
/// The strict form only: at most 8192 characters, no query, no fragment, no slash at the end, nothing percent-encoded.
/// Source: https://atproto.com/specs/at-uri-scheme
/// </remarks>
public readonly struct AtUri : IIdentifier<AtUri>
{
    public const int MaxLength = 8192;
    private const string Scheme = "at://";

    private readonly string? _text;

    private AtUri(string checkedText) => _text = checkedText;

    /// <summary>The account, when it is named by its DID.</summary>
    public Did? Did => Syntax.Did.TryParse(Part(0), out var did) ? did : null;

    /// <summary>The account, when it is named by its handle.</summary>
    public Handle? Handle => Syntax.Handle.TryParse(Part(0), out var handle) ? handle : null;

    public Nsid? Collection => Nsid.TryParse(Part(1), out var nsid) ? nsid : null;

    public RecordKey? RecordKey => Syntax.RecordKey.TryParse(Part(2), out var key) ? key : null;

    /// <summary>The address of one record.</summary>
    public static AtUri ForRecord(Did did, Nsid collection, RecordKey key) => new($"{Scheme}{did}/{collection}/{key}");

    public static string? FindFault(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength) return "it is longer than 8192 characters";
        if (!text.StartsWith(Scheme)) return "it does not start with 'at://'";
        var part = 0;
        var rest = text[Scheme.Length..];
        foreach (var range in rest.Split('/'))
        {
            var value = rest[range];
            switch (part++)
            {
                case 0 when Syntax.Did.FindFault(value) is not null && Syntax.Handle.FindFault(value) is not null:
                    return "its first part is neither a DID nor a handle";
                case 1 when Nsid.FindFault(value) is not null:
                    return "its collection is not an NSID";
                case 2 when Syntax.RecordKey.FindFault(value) is not null:
                    return "its record key is not well-formed";
                case 3:
                    return "something follows the record key";
            }
        }
        return null;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out AtUri value)
    {
        var good = FindFault(text) is null;
        value = good ? new AtUri(text.ToString()) : default;
        return good;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out AtUri)"/>
    public static bool TryParse(string? text, out AtUri value)
    {
        var good = text is not null && FindFault(text) is null;
        value = good ? new AtUri(text!) : default;
        return good;
    }

    /// <exception cref="FormatException">Not an AT URI; the message says why.</exception>
    public static AtUri Parse(ReadOnlySpan<char> text) => Identifier.Parse<AtUri>(text);

    /// <exception cref="InvalidOperationException">The value is the default of its type.</exception>
    public override string ToString() => Identifier.Guard<AtUri>(_text);

    public bool Equals(AtUri other) => _text == other._text;
    public override bool Equals(object? obj) => obj is AtUri other && Equals(other);
    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? 0;
    public static bool operator ==(AtUri left, AtUri right) => left.Equals(right);
    public static bool operator !=(AtUri left, AtUri right) => !left.Equals(right);

    private ReadOnlySpan<char> Part(int index)
    {
        var rest = ToString().AsSpan(Scheme.Length);
        foreach (var range in rest.Split('/'))
        {
            if (index-- == 0) return rest[range];
        }
        return default;
    }
}
