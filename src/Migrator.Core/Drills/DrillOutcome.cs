using System.Text.Json.Serialization;
using Migrator.Core.Doctor;

namespace Migrator.Core.Drills;

[JsonConverter(typeof(CamelCaseEnum<DrillOutcome>))]
public enum DrillOutcome
{
    /// <summary>Everything in the snapshot is there and right.</summary>
    Proven,

    /// <summary>Something in the snapshot is damaged, missing or wrong; findings name it.</summary>
    Faulty,

    /// <summary>
    /// The drill could not be brought to its end: the vault did not answer, the disk was full, the sandbox broke. Says nothing bad about
    /// the snapshot; <see cref="DrillReport.Trouble"/> says why.
    /// </summary>
    NotProven,
}

[JsonConverter(typeof(CamelCaseEnum<DrillDepth>))]
public enum DrillDepth
{
    /// <summary>Nothing was proven.</summary>
    None,

    /// <summary>
    /// Every object was opened with the key, and everything in it proven: signatures, the identity's log, each record and the bytes of each
    /// blob. As deep as it goes without servers.
    /// </summary>
    Files,

    /// <summary>And restored for real into servers of its own, and compared there, record by record and blob by blob.</summary>
    Sandbox,
}

[JsonConverter(typeof(CamelCaseEnum<DrillFindingKind>))]
public enum DrillFindingKind
{
    /// <summary>The snapshot does not open at all: another key, or its manifest is damaged.</summary>
    SnapshotUnreadable,

    /// <summary>The stored bytes of an object are not what was stored.</summary>
    ObjectDamaged,

    /// <summary>An object is not in the vault.</summary>
    ObjectMissing,

    /// <summary>What is in the snapshot contradicts itself: another repo than the manifest names, another account, other counts.</summary>
    Contradiction,

    BlobMissing,

    /// <summary>Other bytes than the CID names.</summary>
    BlobDamaged,

    /// <summary>Is in the snapshot and not in the restored account.</summary>
    RecordMissing,

    /// <summary>Is another one in the restored account than in the snapshot.</summary>
    RecordChanged,

    /// <summary>Is in the restored account and not in the snapshot.</summary>
    RecordExtra,

    Preferences,

    /// <summary>The identity's log in the snapshot is not genuine, or the restored account cannot be found by it.</summary>
    Identity,

    /// <summary>The server did not take what the snapshot holds.</summary>
    Refused,
}
