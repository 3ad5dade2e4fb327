namespace Migrator.Core.Doctor;

/// <summary>Collects what a check finds, and draws the conclusion.</summary>
internal sealed class CheckNotes
{
    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Findings => _findings;

    public void Fine(string code, string text) => Add(FindingLevel.Fine, code, text);

    public void Note(string code, string text) => Add(FindingLevel.Note, code, text);

    public void Warning(string code, string text) => Add(FindingLevel.Warning, code, text);

    public void Fault(string code, string text) => Add(FindingLevel.Fault, code, text);

    public void Unchecked(string code, string text) => Add(FindingLevel.Unchecked, code, text);

    /// <summary>A fault outweighs what could not be looked at: more looking does not mend it.</summary>
    public CheckVerdict Conclude() =>
        _findings.Exists(finding => finding.Level == FindingLevel.Fault) ? CheckVerdict.NotWhole
        : _findings.Exists(finding => finding.Level == FindingLevel.Unchecked) ? CheckVerdict.Undecided
        : CheckVerdict.Whole;

    private void Add(FindingLevel level, string code, string text) => _findings.Add(new Finding(level, code, text));
}
