using System.Buffers;

namespace Migrator.Core.AtProto.Syntax;

/// <summary>The name of a record inside its collection, often a <see cref="Tid"/>, or a fixed word such as <c>self</c>.</summary>
/// <remarks>
/// 1 to 512 of <c>A-Z a-z 0-9 . _ : ~ -</c>, not <c>.</c> and not <c>..</c>, case-sensitive.
/// Source: https://atproto.com/specs/record-key
/// </remarks>
public readonly struct RecordKey : IIdentifier<RecordKey>
{
    public const int MaxLength = 512;

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:~-");

    private readonly string? _text;

    private RecordKey(string checkedText) => _text = checkedText;

    public static string? FindFault(ReadOnlySpan<char> text) => text switch
    {
        "" => "it is empty",
        "." or ".." => "'.' and '..' are not allowed",
        { Length: > MaxLength } => "it is longer than 512 characters",
        _ => text.ContainsAnyExcept(Alphabet) ? "only letters, digits and . _ : ~ - are allowed" : null,
    };

    public static bool TryParse(ReadOnlySpan<char> text, out RecordKey value)
    {
        var good = FindFault(text) is null;
        value = good ? new RecordKey(text.ToString()) : default;
        return good;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out RecordKey)"/>
    public static bool TryParse(string? text, out RecordKey value)
    {
        var good = text is not null && FindFault(text) is null;
        value = good ? new RecordKey(text!) : default;
        return good;
    }

    /// <exception cref="FormatException">Not a record key; the message says why.</exception>
    public static RecordKey Parse(ReadOnlySpan<char> text) => Identifier.Parse<RecordKey>(text);

    /// <exception cref="InvalidOperationException">The value is the default of its type.</exception>
    public override string ToString() => Identifier.Guard<RecordKey>(_text);

    public bool Equals(RecordKey other) => _text == other._text;
    public override bool Equals(object? obj) => obj is RecordKey other && Equals(other);
    public override int GetHashCode() => _text?.GetHashCode(StringComparison.Ordinal) ?? 0;
    public static bool operator ==(RecordKey left, RecordKey right) => left.Equals(right);
    public static bool operator !=(RecordKey left, RecordKey right) => !left.Equals(right);
}
