namespace Migrator.Core.Migrations;

/// <summary>
/// Blobs that cannot be copied: always named, with a record that uses them; the move goes on without them only by consent.
/// </summary>
public static class BlobProblems
{
    public static bool IsProblem(BlobState state) =>
        state is BlobState.MissingAtSource or BlobState.DamagedAtSource or BlobState.TooLarge or BlobState.Refused;

    public static async Task<IReadOnlyList<BlobEntry>> ListAsync(MigrationContext context, CancellationToken ct) =>
        [.. (await context.Tools.Blobs.ListAsync(context.Id, null, ct)).Where(blob => IsProblem(blob.State))];

    /// <summary>Problems that the person did not accept are tried again: "try again" means just that.</summary>
    public static async Task LookAgainAsync(MigrationContext context, CancellationToken ct)
    {
        var again = (await ListAsync(context, ct)).Where(blob => !context.Request.AcceptedMissing.Contains(blob.Cid))
            .Select(blob => blob with { State = BlobState.Needed, Reason = null }).ToList();
        if (again.Count > 0)
            await context.Tools.Blobs.RecordAsync(context.Lease, again, ct);
    }

    public static StepOutcome.NeedsPerson? Ask(MigrationContext context, IReadOnlyList<BlobEntry> problems)
    {
        var open = problems.Where(blob => !context.Request.AcceptedMissing.Contains(blob.Cid)).ToList();
        if (open.Count == 0)
            return null;
        var tooLarge = open.Count(blob => blob.State is BlobState.TooLarge or BlobState.Refused);
        var lost = open.Count - tooLarge;
        var restore = context.Request.Kind == MigrationKind.Restore;
        var message = (lost, tooLarge) switch
        {
            ( > 0, 0) when restore => $"{lost} of your files are in none of the backups that you named, or damaged in all of them.",
            ( > 0, _) when restore => $"{lost} of your files are in none of your backups, and the new server does not take {tooLarge}.",
            ( > 0, 0) => $"The old server no longer has {lost} of your files, or sends other bytes than it should.",
            (0, _) => $"The new server does not take {tooLarge} of your files.",
            _ => $"The old server lost {lost} of your files, and the new server does not take {tooLarge}.",
        };
        return new StepOutcome.NeedsPerson(
            HoldCause.MissingBlobs,
            message,
            restore
                ? "Look at the list. Name another backup or folder that may hold them and press Try again, or agree to go on without "
                    + "these files: the posts come back, the files do not. They can be added later."
                : tooLarge > 0
                ? "Look at the list. Whoever runs the new server can raise its limit (PDS_BLOB_UPLOAD_LIMIT); then press Try again. Or "
                    + "agree to go on without these files: the posts move, the files do not."
                : "Look at the list. Press Try again if the old server may find them, or agree to go on without these files: the posts "
                    + "move, the files do not.",
            [.. open.Select(Describe)]);
    }

    public static string Describe(BlobEntry blob) =>
        $"{blob.Cid} · used by {blob.UsedBy ?? "an unknown record"}{(blob.Size is { } size ? $" · {Bytes.Text(size)}" : "")} · "
            + $"{Reason(blob)}";

    private static string Reason(BlobEntry blob) => blob.State switch
    {
        BlobState.MissingAtSource => $"not at the source ({blob.Reason})",
        BlobState.DamagedAtSource => "the source sends other bytes than the fingerprint names",
        BlobState.TooLarge => "larger than the new server takes",
        _ => $"refused by the new server ({blob.Reason})",
    };
}
