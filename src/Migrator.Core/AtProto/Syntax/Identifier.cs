using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Migrator.Core.AtProto.Syntax;

/// <summary>Helpers that the identifier types share.</summary>
internal static class Identifier
{
    internal const string HostnameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

    private const int MaxEcho = 64;
    private static readonly SearchValues<char> HostnameSet = SearchValues.Create(HostnameCharacters);

    internal static T Parse<T>(ReadOnlySpan<char> text) where T : struct, IIdentifier<T> =>
        T.TryParse(text, out var value) ? value : throw NotA<T>(text);

    /// <summary>The text of an identifier, or a clear complaint when the struct was never parsed.</summary>
    internal static string Guard<T>([NotNull] string? text) =>
        text ?? throw new InvalidOperationException($"This {typeof(T).Name} was never parsed: it is the default of its type.");

    /// <summary>One label of a host name: 1 to 63 of letters, digits and hyphen, no hyphen at either end.</summary>
    internal static bool IsLabel(ReadOnlySpan<char> label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && !label.ContainsAnyExcept(HostnameSet);

    private static FormatException NotA<T>(ReadOnlySpan<char> text) where T : struct, IIdentifier<T>
    {
        var echo = text.Length <= MaxEcho ? text.ToString() : string.Concat(text[..MaxEcho], "…");
        return new FormatException($"'{echo}' is not a {typeof(T).Name}: {T.FindFault(text)}.");
    }
}
