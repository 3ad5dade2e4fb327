namespace Migrator.Core.AtProto.Syntax;

/// <summary>The name of an account that people see, such as <c>alice.example.com</c>: a host name that can change.</summary>
/// <remarks>
/// At most 253 characters of ASCII, two labels or more, each of 1 to 63 letters, digits and hyphens, no hyphen at either end of
/// a label, and a last label that does not start with a digit. Kept in lower case, so equal handles compare equal.
/// Well-formed does not mean usable: see <see cref="IsDisallowedTld"/>. Source: https://atproto.com/specs/handle
/// </remarks>
public readonly struct Handle : IIdentifier<Handle>
{
    public const int MaxLength = 253;

    private static readonly string[] DisallowedTlds =
        ["alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion"];

    private readonly string? _text;

    private Handle(string checkedText) => _text = checkedText;

    /// <summary>What a server shows for an account whose handle does not lead back to it. Never resolves.</summary>
    public static Handle Invalid { get; } = new("handle.invalid");

    /// <summary>The last label is one that no account may use, because it never leads to a public host.</summary>
    public bool IsDisallowedTld
    {
        get
        {
            var all = ToString();
            return DisallowedTlds.AsSpan().Contains(all[(all.LastIndexOf('.') + 1)..]);
        }
    }

    public static string? FindFault(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength) return "it is longer than 253 characters";
        if (text.IsEmpty) return "it is empty";
        var labels = 0;
        ReadOnlySpan<char> last = default;
        foreach (var range in text.Split('.'))
        {
            last = text[range];
            labels++;
            if (!Identifier.IsLabel(last))
                return "each part between dots must be 1 to 63 letters, digits or hyphens, without a hyphen at either end";
        }
        if (labels < 2) return "it has no dot";
        return char.IsAsciiDigit(last[0]) ? "its last part starts with a digit" : null;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out Handle value)
    {
        var good = FindFault(text) is null;
        value = good ? new Handle(ToLower(text)) : default;
        return good;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out Handle)"/>
    public static bool TryParse(string? text, out Handle value) => TryParse(text.AsSpan(), out value);

    /// <exception cref="FormatException">Not a handle; the message says why.</exception>
    public static Handle Parse(ReadOnlySpan<char> text) => Identifier.Parse<Handle>(text);

    /// <exception cref="InvalidOperationException">The value is the default of its type.</exception>
    public override string ToString() => Identifier.Guard<Handle>(_text);

    public bool Equals(Handle other) => _text == other._text;
    public override bool Equals(object? obj) => obj is Handle other && Equals(other);
    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? 0;
    public static bool operator ==(Handle left, Handle right) => left.Equals(right);
    public static bool operator !=(Handle left, Handle right) => !left.Equals(right);

    private static string ToLower(ReadOnlySpan<char> text) =>
        string.Create(text.Length, text, static (to, from) => from.ToLowerInvariant(to));
}
