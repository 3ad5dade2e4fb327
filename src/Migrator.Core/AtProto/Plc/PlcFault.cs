namespace Migrator.Core.AtProto.Plc;

/// <summary>What is wrong with an operation or an audit log that a server showed us.</summary>
public enum PlcFault
{
    /// <summary>Not the JSON of an operation or of a log: a field is missing, unknown, twice there or of the wrong kind.</summary>
    Malformed,

    /// <summary>Larger than anything the directory would store.</summary>
    TooLarge,

    /// <summary>An entry carries another DID than the one asked for.</summary>
    WrongDid,

    /// <summary>The CID beside an operation is not the hash of the operation.</summary>
    WrongCid,

    /// <summary>The DID is not the hash of its first operation.</summary>
    WrongGenesis,

    /// <summary>The signature is not one of a rotation key that was allowed to sign, or is not in its one canonical form.</summary>
    BadSignature,

    /// <summary>An operation does not follow one that was valid when it was made, or times run backwards.</summary>
    BadOrder,

    /// <summary>An operation was overruled after the 72 hours in which that is possible.</summary>
    RecoveryTooLate,

    /// <summary>The log says nullified where the rules say valid, or the other way round.</summary>
    WrongNullification,
}
