using Migrator.Core.AtProto.Plc;
using Migrator.Core.Backups;
using Migrator.Core.Migrations;
using Migrator.Core.Parity;
using BlobEntry = Migrator.Core.Backups.BlobEntry;

namespace Migrator.Core.Drills;

/// <summary>What was found, in a person's words.</summary>
internal static class DrillFindings
{
    public static DrillFinding OfSnapshot(SnapshotFaultException fault)
    {
        var kind = fault switch
        {
            { InnerException: PlcFaultException } => DrillFindingKind.Identity,
            { Fault: SnapshotFault.WrongKey or SnapshotFault.NewerVersion } => DrillFindingKind.SnapshotUnreadable,
            { Fault: SnapshotFault.Missing } => DrillFindingKind.ObjectMissing,
            { Fault: SnapshotFault.Contradiction } => DrillFindingKind.Contradiction,
            _ => DrillFindingKind.ObjectDamaged,
        };
        var what = kind switch
        {
            DrillFindingKind.Identity => "The identity in the snapshot is not genuine",
            DrillFindingKind.SnapshotUnreadable => "The snapshot does not open",
            DrillFindingKind.ObjectMissing => "A part of the snapshot is not in the vault",
            DrillFindingKind.Contradiction => "The snapshot contradicts itself",
            _ => "A part of the snapshot is damaged",
        };
        return new DrillFinding(kind, $"{what}: {fault.Detail}.", Object: fault.ObjectName);
    }

    /// <param name="blob">As the snapshot lists it.</param>
    /// <param name="path">A record that uses it, if that can be told.</param>
    /// <param name="fault">What is wrong.</param>
    public static DrillFinding OfBlob(BlobEntry blob, string? path, SnapshotFaultException fault)
    {
        var used = path is null ? "" : $", which {path} uses,";
        var (kind, what) = fault.Fault == SnapshotFault.Missing
            ? (DrillFindingKind.BlobMissing, "is not in the vault any more")
            : (DrillFindingKind.BlobDamaged, $"is damaged: {fault.Detail}");
        return new DrillFinding(kind, $"The file {blob.Cid}{used} {what}.", path, blob.Cid.ToString(), fault.ObjectName);
    }

    /// <summary>How the restored account differs from the snapshot; empty when it does not.</summary>
    public static IEnumerable<DrillFinding> OfParity(ParityReport report)
    {
        foreach (var record in report.Records.Missing)
            yield return Of(DrillFindingKind.RecordMissing, record, $"The record {record.Path} is not in the restored account.");
        foreach (var record in report.Records.Changed)
            yield return Of(DrillFindingKind.RecordChanged, record, $"The record {record.Path} is another one in the restored account.");
        foreach (var record in report.Records.Extra)
            yield return Of(DrillFindingKind.RecordExtra, record, $"The restored account has a record too many: {record.Path}.");
        foreach (var blob in report.Blobs.Problems.Where(problem => !problem.Accepted))
        {
            var text = $"The restored account does not give out this file: {blob.Reason}.";
            yield return new DrillFinding(DrillFindingKind.BlobMissing, text, blob.UsedBy, blob.Cid.ToString());
        }
        if (!report.Preferences.Equal)
        {
            const string text = "The app settings of the restored account are not those of the snapshot.";
            yield return new DrillFinding(DrillFindingKind.Preferences, text);
        }
        foreach (var check in report.Identity.Where(check => !check.Ok && check.Essential))
        {
            var text = $"The restored account does not look right from outside: {check.What} ({check.Found}).";
            yield return new DrillFinding(DrillFindingKind.Identity, text);
        }

        static DrillFinding Of(DrillFindingKind kind, RecordDifference record, string text) =>
            new(kind, text, record.Path, (record.Source ?? record.Target)?.ToString());
    }

    /// <summary>Files that the server did not take, or does not give out as they are.</summary>
    public static IEnumerable<DrillFinding> OfBlobs(IEnumerable<Migrations.BlobEntry> blobs)
    {
        foreach (var blob in blobs)
        {
            if (BlobProblems.IsProblem(blob.State) || (blob is { State: BlobState.Needed, Reason: not null }))
            {
                var kind = blob.State switch
                {
                    BlobState.TooLarge or BlobState.Refused => DrillFindingKind.Refused,
                    BlobState.MissingAtSource => DrillFindingKind.BlobMissing,
                    _ => DrillFindingKind.BlobDamaged,
                };
                var text = $"The file {blob.Cid} could not be restored as it is: {blob.Reason}";
                yield return new DrillFinding(kind, text, blob.UsedBy, blob.Cid.ToString());
            }
        }
    }
}
