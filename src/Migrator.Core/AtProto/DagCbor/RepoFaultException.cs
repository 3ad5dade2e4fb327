namespace Migrator.Core.AtProto.DagCbor;

/// <summary>Bytes of a repository are not what they must be. Thrown for what others sent or stored, never for our own mistakes.</summary>
public sealed class RepoFaultException : Exception
{
    /// <param name="fault">What is wrong.</param>
    /// <param name="offset">Where: bytes from the start of the file or buffer that was read; -1 when no place can be named.</param>
    /// <param name="detail">What was found, in a few words; never content of records.</param>
    public RepoFaultException(RepoFault fault, long offset, string detail)
        : base(Compose(fault, offset, detail))
    {
        Fault = fault;
        Offset = offset;
        Detail = detail;
    }

    public RepoFault Fault { get; }

    public long Offset { get; }

    public string Detail { get; }

    private static string Compose(RepoFault fault, long offset, string detail)
    {
        var place = offset < 0 ? "" : $" at byte {offset}";
        return $"{fault.Explain()} ({fault}{place}: {detail})";
    }
}
