namespace Migrator.Core.Backups;

/// <summary>What is wrong with a stored snapshot.</summary>
public enum SnapshotFault
{
    /// <summary>None of the given keys opens it.</summary>
    WrongKey,

    /// <summary>Stored bytes are not what was stored: changed, cut, or no age file.</summary>
    Damaged,

    /// <summary>An object that it needs is not in the vault.</summary>
    Missing,

    /// <summary>What is inside does not follow the format.</summary>
    BadFormat,

    /// <summary>Written by a newer program than this one.</summary>
    NewerVersion,

    /// <summary>It opens and follows the format, but what it holds contradicts itself: another account, another commit, another hash.</summary>
    Contradiction,

    /// <summary>Larger than a reader takes.</summary>
    TooLarge,
}

/// <summary>A snapshot, or a part of it, cannot be used. The message is one for people.</summary>
/// <param name="fault">What is wrong.</param>
/// <param name="name">Full name of the object in the vault.</param>
/// <param name="detail">In words; no secret in it.</param>
/// <param name="inner">What was found below.</param>
public sealed class SnapshotFaultException(SnapshotFault fault, string name, string detail, Exception? inner = null)
    : Exception($"{name}: {detail}", inner)
{
    public SnapshotFault Fault { get; } = fault;

    /// <summary>The object in the vault that is at fault.</summary>
    public string ObjectName { get; } = name;

    public string Detail { get; } = detail;
}
