using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Components;

/// <summary>Numbers, times and states in plain English.</summary>
public static partial class Words
{
    public static string Of(MigrationState state) => state switch
    {
        MigrationState.Draft => "Not started",
        MigrationState.Copying => "Copying",
        MigrationState.ReadyForCutover => "Ready to move",
        MigrationState.CuttingOver => "Moving",
        MigrationState.Proving => "Checking",
        MigrationState.Completed => "Moved",
        MigrationState.CompletedWithRemarks => "Moved, with remarks",
        MigrationState.GoingBack => "Going back",
        MigrationState.Undone => "Moved back",
        MigrationState.Cancelled => "Cancelled",
        MigrationState.Failed => "Failed",
        _ => state.ToString(),
    };

    /// <summary>The same, for a move or a restore.</summary>
    public static string Of(MigrationState state, MigrationKind kind) => (kind, state) switch
    {
        (MigrationKind.Restore, MigrationState.Copying) => "Restoring",
        (MigrationKind.Restore, MigrationState.ReadyForCutover) => "Ready to restore",
        (MigrationKind.Restore, MigrationState.CuttingOver) => "Changing the identity",
        (MigrationKind.Restore, MigrationState.Completed) => "Restored",
        (MigrationKind.Restore, MigrationState.CompletedWithRemarks) => "Restored, with remarks",
        (MigrationKind.Restore, MigrationState.Undone) => "Given back",
        _ => Of(state),
    };

    public static string Of(StepStanding standing) => standing switch
    {
        StepStanding.NotYet => "Not yet",
        StepStanding.Running => "Under way",
        StepStanding.Waiting => "Waiting",
        StepStanding.NeedsYou => "Needs you",
        StepStanding.Done => "Done",
        StepStanding.Undone => "Undone",
        _ => standing.ToString(),
    };

    public static string Of(BlobState state) => state switch
    {
        BlobState.MissingAtSource => "The old server no longer has it",
        BlobState.DamagedAtSource => "The old server sends something else than was posted",
        BlobState.TooLarge => "Too large for the new server",
        BlobState.Refused => "The new server refuses it",
        BlobState.Needed => "Not copied yet",
        BlobState.Copied => "Copied",
        BlobState.Proven => "Copied and read back",
        _ => state.ToString(),
    };

    /// <summary>How the account is called: <c>@handle</c>, or the DID where there is no handle.</summary>
    public static string Account(string? handle, string did) => handle is null ? did : "@" + handle;

    /// <summary>Host and, where it is unusual, port: what people call a server.</summary>
    public static string Server(Uri? server) => server?.Authority ?? "";
}
