namespace Migrator.Core.Tests.Architecture;

/// <summary>A C# file under src, read as text.</summary>
/// <param name="Path">From the root of the project, with forward slashes.</param>
/// <param name="Lines">As they stand in the file.</param>
internal sealed record SourceFile(string Path, IReadOnlyList<string> Lines)
{
    public string Namespace { get; } =
        Lines.FirstOrDefault(l => l.StartsWith("namespace ", StringComparison.Ordinal))?.Split(' ')[1].TrimEnd(';') ?? "";

    /// <summary><c>src/A.B/C/D.cs</c> belongs to the namespace <c>A.B.C</c>.</summary>
    public string FolderAsNamespace => string.Join('.', Path.Split('/')[1..^1]);

    /// <summary>Every namespace of Core that the code names in full, in a using line or anywhere else but a comment.</summary>
    public IEnumerable<string> Mentions => Code.SelectMany(MentionsIn).Select(FolderOf).Distinct();

    private IEnumerable<string> Code => Lines.Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal));

    public static IReadOnlyList<SourceFile> ReadAll()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(root.FullName, "Migrator.sln")))
            root = root.Parent ?? throw new InvalidOperationException("These tests run inside the project's folder only.");
        var files = Directory.EnumerateFiles(System.IO.Path.Combine(root.FullName, "src"), "*.cs", SearchOption.AllDirectories)
            .Select(file => System.IO.Path.GetRelativePath(root.FullName, file).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
            .Select(path => new SourceFile(path, File.ReadAllLines(System.IO.Path.Combine(root.FullName, path))))
            .ToList();
        return files.Count > 0 ? files : throw new InvalidOperationException("No source was found.");
    }

    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>Whether the code holds one of these words, not as a part of a longer one.</summary>
    public bool Names(params string[] words) => Code.Any(line => words.Any(word => Positions(line, word).Any()));

    private static IEnumerable<string> MentionsIn(string line) => Positions(line, Folders.Core)
        .Select(at => new string([.. line.Skip(at).TakeWhile(c => IsNamePart(c) || c == '.')]).TrimEnd('.'));

    /// <summary>Cuts the name of a type off, if there is one: names of folders are all we know.</summary>
    private static string FolderOf(string name)
    {
        var folder = Folders.TopDown.Select(f => $"{Folders.Core}.{f}").FirstOrDefault(f => Folders.IsOrIsIn(name, f));
        return folder ?? Folders.Core;
    }

    private static IEnumerable<int> Positions(string line, string word)
    {
        for (var at = line.IndexOf(word, StringComparison.Ordinal); at >= 0; at = line.IndexOf(word, at + 1, StringComparison.Ordinal))
        {
            var before = at == 0 || !(IsNamePart(line[at - 1]) || line[at - 1] == '.');
            var after = at + word.Length == line.Length || !IsNamePart(line[at + word.Length]);
            if (before && after) yield return at;
        }
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c == '_';
}
