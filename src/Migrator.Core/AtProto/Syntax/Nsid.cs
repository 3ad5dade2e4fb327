using System.Buffers;

namespace Migrator.Core.AtProto.Syntax;

/// <summary>
/// A namespaced identifier: the name of a record type or of an XRPC method, such as <c>app.bsky.feed.post</c>.
/// </summary>
/// <remarks>
/// A host name written backwards, then a dot and a name of 1 to 63 letters and digits that starts with a letter. At least three
/// parts, at most 317 characters in all, case-sensitive. The first part does not start with a digit. Source: https://atproto.com/specs/nsid
/// </remarks>
public readonly struct Nsid : IIdentifier<Nsid>
{
    public const int MaxLength = 317;

    private static readonly SearchValues<char> NameSet =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    private readonly string? _text;

    private Nsid(string checkedText) => _text = checkedText;

    /// <summary>The last part: <c>post</c> in <c>app.bsky.feed.post</c>.</summary>
    public string Name
    {
        get
        {
            var all = ToString();
            return all[(all.LastIndexOf('.') + 1)..];
        }
    }

    public static string? FindFault(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength) return "it is longer than 317 characters";
        var dot = text.LastIndexOf('.');
        if (dot <= 0) return "it has no dot";
        var name = text[(dot + 1)..];
        if (name.Length is 0 or > 63 || name.ContainsAnyExcept(NameSet) || !char.IsAsciiLetter(name[0]))
            return "its last part must be 1 to 63 letters and digits and start with a letter";
        return FindAuthorityFault(text[..dot]);
    }

    public static bool TryParse(ReadOnlySpan<char> text, out Nsid value)
    {
        var good = FindFault(text) is null;
        value = good ? new Nsid(text.ToString()) : default;
        return good;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out Nsid)"/>
    public static bool TryParse(string? text, out Nsid value)
    {
        var good = text is not null && FindFault(text) is null;
        value = good ? new Nsid(text!) : default;
        return good;
    }

    /// <exception cref="FormatException">Not an NSID; the message says why.</exception>
    public static Nsid Parse(ReadOnlySpan<char> text) => Identifier.Parse<Nsid>(text);

    /// <exception cref="InvalidOperationException">The value is the default of its type.</exception>
    public override string ToString() => Identifier.Guard<Nsid>(_text);

    public bool Equals(Nsid other) => _text == other._text;
    public override bool Equals(object? obj) => obj is Nsid other && Equals(other);
    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? 0;
    public static bool operator ==(Nsid left, Nsid right) => left.Equals(right);
    public static bool operator !=(Nsid left, Nsid right) => !left.Equals(right);

    private static string? FindAuthorityFault(ReadOnlySpan<char> authority)
    {
        var labels = 0;
        foreach (var range in authority.Split('.'))
        {
            labels++;
            if (!Identifier.IsLabel(authority[range]))
                return "each part of its domain must be 1 to 63 letters, digits or hyphens, without a hyphen at either end";
        }
        if (labels < 2) return "it has fewer than three parts";
        return char.IsAsciiDigit(authority[0]) ? "its first part starts with a digit" : null;
    }
}
