using Migrator.Core.AtProto.Syntax;
using Xunit;

namespace Migrator.Core.Tests.AtProto.Syntax;

/// <summary>Every line of the public syntax vectors, for every identifier type.</summary>
public class SyntaxVectorTests
{
    [Fact]
    public void Every_did_vector_is_judged_right() => Judge<Did>("did");

    [Fact]
    public void Every_handle_vector_is_judged_right() => Judge<Handle>("handle");

    [Fact]
    public void Every_nsid_vector_is_judged_right() => Judge<Nsid>("nsid");

    [Fact]
    public void Every_record_key_vector_is_judged_right() => Judge<RecordKey>("recordkey");

    [Fact]
    public void Every_at_uri_vector_is_judged_right() => Judge<AtUri>("aturi");

    [Fact]
    public void Every_tid_vector_is_judged_right() => Judge<Tid>("tid");

    private static void Judge<T>(string name) where T : struct, IIdentifier<T>
    {
        var refused = TestVectors.Lines($"atproto-interop/syntax/{name}_syntax_valid.txt")
            .Where(line => !T.TryParse(line.AsSpan(), out var value) || Text(value) != Expected<T>(line)).ToList();
        var accepted = TestVectors.Lines($"atproto-interop/syntax/{name}_syntax_invalid.txt")
            .Where(line => T.TryParse(line.AsSpan(), out _) || T.FindFault(line) is null).ToList();
        Assert.Empty(refused);
        Assert.Empty(accepted);
    }

    private static string? Text<T>(T value) => value!.ToString();

    private static string Expected<T>(string line) => typeof(T) == typeof(Handle) ? line.ToLowerInvariant() : line;
}
