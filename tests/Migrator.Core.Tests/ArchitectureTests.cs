using Migrator.Core.Tests.Architecture;
using Xunit;

namespace Migrator.Core.Tests;

/// <summary>
/// C# does not forbid folders that depend on each other in a circle, so these tests do: inside Core a folder may use only folders
/// above it in <see cref="Folders.TopDown"/>. When one fails, move the type; don't move the folder in the list.
/// </summary>
public class ArchitectureTests
{
    private static readonly IReadOnlyList<SourceFile> Source = SourceFile.ReadAll();

    [Fact]
    public void Core_source_uses_only_folders_above_its_own()
    {
        var edges = Source.SelectMany(file => file.Mentions.Select(to => new Edge(file.Namespace, to, file.Path)));
        Assert.Empty(Edge.FindForbidden(edges));
    }

    [Fact]
    public void Core_types_use_only_types_of_folders_above_their_own()
    {
        var edges = TypeReferences.Of(typeof(AtProto.Encoding.Base32Tests).Assembly.GetReferencedAssemblies()
            .Where(name => name.Name == "Migrator.Core").Select(System.Reflection.Assembly.Load).Single()).ToList();
        Assert.Contains(edges, e => (e.From, e.To) == ("Migrator.Core.AtProto.Syntax", "Migrator.Core.AtProto.Encoding"));
        Assert.Empty(Edge.FindForbidden(edges));
    }

    [Fact]
    public void Every_folder_of_Core_is_in_the_list()
    {
        var unknown = Source.Select(f => f.Namespace).Where(n => n.StartsWith(Folders.Core + ".", StringComparison.Ordinal))
            .Where(n => Folders.RankOf(n) < 0).Distinct();
        Assert.Empty(unknown);
    }

    [Fact]
    public void Web_uses_Jobs_and_Jobs_uses_Core_and_never_back()
    {
        Assert.Empty(Source.Where(f => f.IsIn("src/Migrator.Core") && f.Names("Migrator.Jobs", "Migrator.Web")).Select(f => f.Path));
        Assert.Empty(Source.Where(f => f.IsIn("src/Migrator.Jobs") && f.Names("Migrator.Web")).Select(f => f.Path));
    }

    /// <summary>It holds files of Web and Jobs, which must then do without the rest of them (decision 0006).</summary>
    [Fact]
    public void The_native_verify_has_no_code_of_its_own_and_nobody_uses_it()
    {
        Assert.Equal(["src/Migrator.Verify/Program.cs"], Source.Where(f => f.IsIn("src/Migrator.Verify")).Select(f => f.Path));
        Assert.Empty(Source.Where(f => f.Names("Migrator.Verify")).Select(f => f.Path));
    }

    [Fact]
    public void Only_the_engine_names_Quartz() =>
        Assert.Empty(Source.Where(f => !f.IsIn("src/Migrator.Jobs/Engine") && f.Names("Quartz")).Select(f => f.Path));

    [Fact]
    public void The_namespace_of_a_file_is_its_folder() =>
        Assert.Empty(Source.Where(f => f.Namespace.Length > 0 && f.Namespace != f.FolderAsNamespace).Select(f => f.Path));

    [Fact]
    public void No_file_is_longer_than_400_lines() => Assert.Empty(Source.Where(f => f.Lines.Count > 400).Select(f => f.Path));

    [Theory]
    [InlineData("Migrator.Core.AtProto.Crypto", "Migrator.Core.AtProto.DagCbor", true)] // downwards
    [InlineData("Migrator.Core.AtProto.Syntax", "Migrator.Core.Migrations.Steps", true)]
    [InlineData("Migrator.Core.Age", "Migrator.Core.AtProto.Crypto", true)] // knows nothing of us
    [InlineData("Migrator.Core.AtProto.Plc", "Migrator.Core", true)] // the root puts everything together
    [InlineData("Migrator.Core.AtProto.DagCbor", "Migrator.Core.AtProto.Crypto", false)]
    [InlineData("Migrator.Core.Migrations.Steps", "Migrator.Core.Migrations", false)]
    [InlineData("Migrator.Core", "Migrator.Core.Migrations", false)]
    [InlineData("Migrator.Core.AtProto.Plc", "System.Text.Json", false)]
    public void A_made_up_edge_is_judged_right(string from, string to, bool forbidden) =>
        Assert.Equal(forbidden, Edge.FindForbidden([new Edge(from, to, "made up")]).Count == 1);

    [Theory]
    [InlineData("using Migrator.Core.AtProto.Plc;")]
    [InlineData("using static Migrator.Core.AtProto.Plc.PlcLimits;")]
    [InlineData("using P = Migrator.Core.AtProto.Plc.PlcHistory;")]
    [InlineData("    global::Migrator.Core.AtProto.Plc.PlcHistory? history;")]
    public void A_made_up_file_with_a_bad_edge_is_found(string line)
    {
        var file = new SourceFile(
            "src/Migrator.Core/AtProto/Net/Bad.cs", ["namespace Migrator.Core.AtProto.Net;", "// Migrator.Core.Age.X", line]);
        var edge = Assert.Single(Edge.FindForbidden(file.Mentions.Select(to => new Edge(file.Namespace, to, file.Path))));
        Assert.Equal("Migrator.Core.AtProto.Plc", edge.To);
    }

    [Fact]
    public void A_reference_that_no_using_line_shows_is_found_in_the_compiled_types()
    {
        var edges = TypeReferences.Of(typeof(Probe));
        Assert.Contains(edges, e => e.To == typeof(Core.AtProto.Crypto.KeyCurve).Namespace);
    }

    /// <summary>Uses a Core type only inside a method body.</summary>
    private static class Probe
    {
        public static string Run() => new Func<string>(() => Core.AtProto.Crypto.PublicKey.ParseDidKey("x").Multibase)();
    }
}
