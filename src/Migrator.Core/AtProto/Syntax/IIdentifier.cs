namespace Migrator.Core.AtProto.Syntax;

/// <summary>
/// What the identifier types of this folder have in common: they are structs that hold checked text, they can only be made by
/// parsing, and their default value refuses to be read.
/// </summary>
/// <typeparam name="TSelf">The identifier type itself.</typeparam>
public interface IIdentifier<TSelf> : ISpanParsable<TSelf>, IEquatable<TSelf>
    where TSelf : struct, IIdentifier<TSelf>
{
    /// <summary>Null when the text is well-formed; else one short English clause that says what is wrong with it.</summary>
    static abstract string? FindFault(ReadOnlySpan<char> text);

    static abstract bool TryParse(ReadOnlySpan<char> text, out TSelf value);

    static bool ISpanParsable<TSelf>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out TSelf result) =>
        TSelf.TryParse(s, out result);

    static bool IParsable<TSelf>.TryParse(string? s, IFormatProvider? provider, out TSelf result) =>
        TSelf.TryParse(s.AsSpan(), out result);

    static TSelf ISpanParsable<TSelf>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Identifier.Parse<TSelf>(s);

    static TSelf IParsable<TSelf>.Parse(string s, IFormatProvider? provider) => Identifier.Parse<TSelf>(s);
}
