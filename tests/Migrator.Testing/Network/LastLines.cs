namespace Migrator.Testing.Network;

/// <summary>Reads a stream to its end and keeps its last lines, for error messages.</summary>
internal sealed class LastLines
{
    private const int Kept = 40;
    private readonly Queue<string> lines = new();

    public async Task FollowAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            lock (lines)
            {
                lines.Enqueue(line);
                if (lines.Count > Kept)
                    lines.Dequeue();
            }
        }
    }

    public override string ToString()
    {
        lock (lines)
            return string.Join(Environment.NewLine, lines);
    }
}
