namespace Migrator.Core.Age;

/// <summary>An age file is not what it must be, or is not meant for the reader. Never thrown for our own mistakes.</summary>
public sealed class AgeFaultException : Exception
{
    /// <param name="fault">In which part the fault lies.</param>
    /// <param name="detail">What was found, in a few words; nothing of the content, of keys or of passphrases.</param>
    /// <param name="inner">What brought it to light.</param>
    public AgeFaultException(AgeFault fault, string detail, Exception? inner = null)
        : base($"{Explain(fault)} ({detail}).", inner)
    {
        Fault = fault;
        Detail = detail;
    }

    public AgeFault Fault { get; }

    public string Detail { get; }

    private static string Explain(AgeFault fault) => fault switch
    {
        AgeFault.Armor => "The text around the encrypted file is damaged",
        AgeFault.Header => "This is not an age file that can be opened here",
        AgeFault.NoMatch => "The file is not encrypted to any of these keys",
        AgeFault.HeaderMac => "The beginning of the encrypted file was changed",
        AgeFault.Payload => "The encrypted content is damaged or not whole",
        _ => "The encrypted file cannot be read",
    };
}
