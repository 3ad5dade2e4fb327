namespace Migrator.Core.AtProto.Syntax;

/// <summary>
/// A decentralized identifier: the name of an account that never changes, such as <c>did:plc:ewvi7nxzyoun6zhxrhs64oiz</c>.
/// </summary>
/// <remarks>
/// Shape: <c>did:</c>, a method of lower-case letters, <c>:</c>, an identifier of <c>A-Z a-z 0-9 . _ : % -</c> that does not end in
/// <c>:</c> or <c>%</c>. At most 2048 characters, case-sensitive, no path, query or fragment.
/// Any method parses; only <c>plc</c> and <c>web</c> can be resolved (<see cref="IsPlc"/>, <see cref="IsWeb"/>).
/// Source: https://atproto.com/specs/did
/// </remarks>
public readonly struct Did : IIdentifier<Did>
{
    public const int MaxLength = 2048;
    private const string Prefix = "did:";
    private const string PlcPrefix = "did:plc:";
    private const string WebPrefix = "did:web:";
    private const int PlcIdentifierLength = 24;

    private readonly string? _text;

    private Did(string checkedText) => _text = checkedText;

    /// <summary>The word after <c>did:</c>, such as <c>plc</c> or <c>web</c>.</summary>
    public string Method
    {
        get
        {
            var rest = ToString().AsSpan(Prefix.Length);
            return rest.StartsWith("plc:") ? "plc" : rest.StartsWith("web:") ? "web" : rest[..rest.IndexOf(':')].ToString();
        }
    }

    /// <summary>The method is <c>plc</c> and the identifier is what that method makes: 24 characters of base32.</summary>
    public bool IsPlc
    {
        get
        {
            var all = ToString().AsSpan();
            return all.StartsWith(PlcPrefix) && all.Length == PlcPrefix.Length + PlcIdentifierLength
                && AreAll(all[PlcPrefix.Length..], static c => c is >= 'a' and <= 'z' or >= '2' and <= '7');
        }
    }

    /// <summary>The method is <c>web</c> and the identifier is a bare host name, as AT Protocol asks.</summary>
    public bool IsWeb => TryGetWebHost(out _);

    /// <summary>
    /// The host that serves a did:web document: <c>example.com</c>, or <c>localhost:2584</c> (only localhost may carry a port).
    /// False for other methods, for paths, for ports on other hosts and for top-level domains that can't be looked up.
    /// </summary>
    public bool TryGetWebHost(out string host)
    {
        host = "";
        var all = ToString();
        if (!all.StartsWith(WebPrefix, StringComparison.Ordinal)) return false;

        var name = all.AsSpan(WebPrefix.Length);
        const string localhost = "localhost";
        if (name.StartsWith(localhost, StringComparison.Ordinal))
        {
            var port = name[localhost.Length..];
            if (port.IsEmpty)
            {
                host = localhost;
                return true;
            }
            if (port.StartsWith("%3A", StringComparison.OrdinalIgnoreCase))
            {
                if (!IsPort(port[3..])) return false;
                host = $"{localhost}:{port[3..]}";
                return true;
            }
        }
        if (!Handle.TryParse(name, out var domain) || domain.IsDisallowedTld) return false;
        host = domain.ToString();
        return true;
    }

    public static string? FindFault(ReadOnlySpan<char> text)
    {
        if (text.Length > MaxLength) return "it is longer than 2048 characters";
        if (!text.StartsWith(Prefix)) return "it does not start with 'did:'";
        var rest = text[Prefix.Length..];
        var colon = rest.IndexOf(':');
        if (colon <= 0 || !AreAll(rest[..colon], char.IsAsciiLetterLower)) return "its method is not a word of lower-case letters";
        var identifier = rest[(colon + 1)..];
        if (identifier.IsEmpty) return "nothing follows the method";
        if (!AreAll(identifier, static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '%' or '-'))
            return "it holds a character that a DID may not have";
        return identifier[^1] is ':' or '%' ? "it ends in ':' or '%'" : null;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out Did value)
    {
        var good = FindFault(text) is null;
        value = good ? new Did(text.ToString()) : default;
        return good;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out Did)"/>
    public static bool TryParse(string? text, out Did value)
    {
        var good = text is not null && FindFault(text) is null;
        value = good ? new Did(text!) : default;
        return good;
    }

    /// <exception cref="FormatException">Not a DID; the message says why.</exception>
    public static Did Parse(ReadOnlySpan<char> text) => Identifier.Parse<Did>(text);

    /// <exception cref="InvalidOperationException">The value is the default of its type.</exception>
    public override string ToString() => Identifier.Guard<Did>(_text);

    public bool Equals(Did other) => _text == other._text;
    public override bool Equals(object? obj) => obj is Did other && Equals(other);
    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? 0;
    public static bool operator ==(Did left, Did right) => left.Equals(right);
    public static bool operator !=(Did left, Did right) => !left.Equals(right);

    /// <summary>One by one: they are few, and the framework's search for sets is code that is made only when the program runs.</summary>
    private static bool AreAll(ReadOnlySpan<char> text, Func<char, bool> isAllowed)
    {
        foreach (var c in text)
        {
            if (!isAllowed(c)) return false;
        }
        return true;
    }

    private static bool IsPort(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 5 && !text.ContainsAnyExceptInRange('0', '9') && text[0] != '0' && int.Parse(text) <= 65535;
}
