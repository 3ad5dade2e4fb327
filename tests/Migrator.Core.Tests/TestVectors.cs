using System.Text.Json;
using Xunit;

namespace Migrator.Core.Tests;

/// <summary>
/// The public test vectors: a folder <c>shared/vectors</c> beside the project or any folder above it, or the folder that
/// MIGRATOR_VECTORS names. A test that needs them says "skipped" where they are not present.
/// </summary>
internal static class TestVectors
{
    private static readonly string? Folder = Find();

    /// <summary>The full path of a vector file or folder; skips the running test when there are no vectors here.</summary>
    public static string Path(string relative)
    {
        if (Folder is null) Assert.Skip("No test vectors here: set MIGRATOR_VECTORS to their folder.");
        var path = System.IO.Path.Combine(Folder, relative);
        Assert.True(File.Exists(path) || Directory.Exists(path), $"The vector folder has no {relative}.");
        return path;
    }

    /// <summary>The cases of a text file: one a line, not trimmed; empty lines and lines that start with # are no cases.</summary>
    public static IReadOnlyList<string> Lines(string relative)
    {
        var lines = File.ReadAllLines(Path(relative)).Where(l => l.Length > 0 && l[0] != '#').ToList();
        Assert.NotEmpty(lines);
        return lines;
    }

    public static JsonElement Json(string relative) => JsonElement.Parse(File.ReadAllBytes(Path(relative)));

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("MIGRATOR_VECTORS") is { Length: > 0 } named) return named;
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = System.IO.Path.Combine(at.FullName, "shared", "vectors");
            if (Directory.Exists(candidate)) return candidate;
        }
        return null;
    }
}
