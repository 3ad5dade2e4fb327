namespace Migrator.Core.AtProto.Plc;

/// <summary>An operation or audit log breaks the rules of did:plc. Thrown for what others sent, never for our own mistakes.</summary>
public sealed class PlcFaultException : Exception
{
    /// <param name="fault">Which rule is broken.</param>
    /// <param name="detail">One English clause with what was found.</param>
    /// <param name="entry">Position in the audit log, from 0; null when there is no log.</param>
    public PlcFaultException(PlcFault fault, string detail, int? entry = null)
        : base(entry is null ? $"{detail} ({fault})." : $"Entry {entry} of the identity log: {detail} ({fault}).")
    {
        Fault = fault;
        Entry = entry;
        Detail = detail;
    }

    public PlcFault Fault { get; }

    public int? Entry { get; }

    public string Detail { get; }

    internal PlcFaultException At(int entry) => new(Fault, Detail, entry);
}
