namespace Migrator.Testing.Network;

/// <summary>Finds <c>tests/network</c>, where the servers' start scripts are, and tells what to do when it is not installed.</summary>
public static class NodePackage
{
    private static readonly Lazy<string> LazyFolder = new(Find);

    /// <summary>The folder's full path. Throws with the command to run when its packages are not installed.</summary>
    public static string Folder => LazyFolder.Value;

    /// <summary>For tests that can say "skipped" where the packages are not installed.</summary>
    public static bool IsInstalled
    {
        get
        {
            try
            {
                return Folder.Length > 0;
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "network");
            if (!File.Exists(Path.Combine(candidate, "install.sh")))
                continue;
            if (!Directory.Exists(Path.Combine(candidate, "node_modules", "@atproto", "pds")))
                throw new InvalidOperationException($"The test network is not installed. Run: {Path.Combine(candidate, "install.sh")}");
            return candidate;
        }
        throw new InvalidOperationException($"No folder tests/network above {AppContext.BaseDirectory}: run the tests from a checkout.");
    }
}
