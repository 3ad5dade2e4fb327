namespace Migrator.Core.Tests.Architecture;

/// <summary>The folders of Core in the order in which they may use each other.</summary>
internal static class Folders
{
    public const string Core = "Migrator.Core";
    private const string Root = "AtProto";

    /// <summary>Each may use those above it, and itself with its subfolders.</summary>
    public static readonly string[] TopDown =
    [
        "AtProto.Encoding",
        "AtProto.Syntax",
        "AtProto.Crypto",
        "AtProto.DagCbor",
        "AtProto.Car",
        "AtProto.Repo",
        "AtProto.Net",
        "AtProto.Xrpc",
        "AtProto.Identity",
        "AtProto.Plc",
        Root, // puts the protocol together
        "Age",
        "Vaults",
        "Accounts",
        "Parity",
        "Doctor",
        "Backups",
        "Migrations",
        "Drills",
    ];

    /// <summary>These use no other folder at all, so that they could leave the house.</summary>
    public static readonly string[] Alone = ["Age"];

    /// <summary>Place of a namespace in the list; the root of Core, which puts everything together, comes last; -1 for others.</summary>
    public static int RankOf(string name)
    {
        if (name == Core) return TopDown.Length;
        return Array.FindIndex(TopDown, folder => folder == Root ? name == $"{Core}.{Root}" : IsOrIsIn(name, $"{Core}.{folder}"));
    }

    public static bool IsOrIsIn(string name, string parent) =>
        name.StartsWith(parent, StringComparison.Ordinal) && (name.Length == parent.Length || name[parent.Length] == '.');
}
