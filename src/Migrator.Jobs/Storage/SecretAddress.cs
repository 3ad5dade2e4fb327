using System.Text;

namespace Migrator.Jobs.Storage;

/// <summary>
/// Where a sealed value belongs. It is bound into the seal, so a row that was moved to another place, owner or migration does not open.
/// </summary>
public sealed record SecretAddress(string Table, string Row, string Owner, string Column)
{
    /// <summary>Unambiguous bytes: each part with its length before it.</summary>
    internal byte[] ToAssociatedData(byte version)
    {
        var text = new StringBuilder().Append(version);
        foreach (var part in (ReadOnlySpan<string>)[Table, Row, Owner, Column])
            text.Append('|').Append(part.Length).Append(':').Append(part);
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
