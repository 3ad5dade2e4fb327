using Migrator.Core.Parity;

namespace Migrator.Web.Features.Move;

/// <summary>Which differences of a report are shown. It comes from the address, so that a filtered report can be kept and sent.</summary>
/// <param name="What"><c>missing</c>, <c>changed</c>, <c>extra</c> or <c>files</c>; empty shows all.</param>
/// <param name="Collection">Exactly this kind of record; empty shows all.</param>
/// <param name="Text">Anywhere in the path, the CID or the reason, in any case.</param>
public sealed record ReportFilter(string What, string Collection, string Text)
{
    public static readonly IReadOnlyList<(string Value, string Name)> Choices =
        [("", "Everything"), ("missing", "Missing records"), ("changed", "Changed records"), ("extra", "Extra records"), ("files", "Files")];

    public bool IsOn => What.Length + Collection.Length + Text.Length > 0;

    public static ReportFilter From(string? what, string? collection, string? text) => new(
        Choices.Any(choice => choice.Value == what) ? what! : "", (collection ?? "").Trim(), (text ?? "").Trim());

    public bool Shows(string what) => What.Length == 0 || What == what;

    public IReadOnlyList<RecordDifference> Pick(string what, IReadOnlyList<RecordDifference> all) => !Shows(what) ? [] : !IsOn ? all :
    [
        .. all.Where(one => IsOf(one.Path) && (Has(one.Path) || Has(one.Source?.ToString()) || Has(one.Target?.ToString()))),
    ];

    public IReadOnlyList<BlobDifference> Pick(IReadOnlyList<BlobDifference> all) => !Shows("files") ? [] : !IsOn ? all :
    [
        .. all.Where(one => IsOf(one.UsedBy ?? "") && (Has(one.Cid.ToString()) || Has(one.UsedBy) || Has(one.Reason))),
    ];

    private bool IsOf(string path) => Collection.Length == 0 || path.StartsWith(Collection + "/", StringComparison.Ordinal);

    private bool Has(string? text) => Text.Length == 0 || text?.Contains(Text, StringComparison.OrdinalIgnoreCase) == true;
}
