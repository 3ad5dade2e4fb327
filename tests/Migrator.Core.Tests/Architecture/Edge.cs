namespace Migrator.Core.Tests.Architecture;

/// <summary>Something in one namespace uses something in another.</summary>
internal sealed record Edge(string From, string To, string Where)
{
    public static List<Edge> FindForbidden(IEnumerable<Edge> edges) => [.. edges.Where(e => e.IsForbidden).Distinct()];

    private bool IsForbidden
    {
        get
        {
            int from = Folders.RankOf(From), to = Folders.RankOf(To);
            if (from < 0 || to < 0 || from == to) return false;
            return to > from || (from < Folders.TopDown.Length && Folders.Alone.Contains(Folders.TopDown[from]));
        }
    }
}
