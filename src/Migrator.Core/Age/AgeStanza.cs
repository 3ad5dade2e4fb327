using System.Text;

namespace Migrator.Core.Age;

/// <summary>One entry of a header: the file key, wrapped in the way that its type names, for one recipient.</summary>
/// <param name="Arguments">The type and what else stands in the first line, each of 1 or more visible ASCII characters.</param>
/// <param name="Body">Any bytes.</param>
internal sealed record AgeStanza(IReadOnlyList<string> Arguments, byte[] Body)
{
    private const int Columns = 64;

    public string Type => Arguments[0];

    public void WriteTo(StringBuilder header)
    {
        header.Append("-> ").AppendJoin(' ', Arguments).Append('\n');
        var body = UnpaddedBase64.Encode(Body);
        // The last line is always shorter than the others, so that its end can be seen; for that it may be empty.
        var at = 0;
        for (; body.Length - at >= Columns; at += Columns) header.Append(body, at, Columns).Append('\n');
        header.Append(body, at, body.Length - at).Append('\n');
    }
}
