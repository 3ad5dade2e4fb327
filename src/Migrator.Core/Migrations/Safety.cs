namespace Migrator.Core.Migrations;

/// <summary>The sentence that says what is safe right now; one place, so that no page promises something else.</summary>
public static class Safety
{
    public static string Of(MigrationProgress progress) => progress switch
    {
        { State: MigrationState.GoingBack } => "The data is on both servers. Nothing has been deleted anywhere.",
        { Cutover.AcceptedAt: not null } => "All data is on the new server, proven before the identity was changed, and still on the old one. Nothing was deleted.",
        { Cutover.SubmittedAt: not null } => "All data is on both servers. The directory's log decides which one the account lives on; Migrator reads it before it does anything.",
        { Cutover.SourceDeactivatedAt: not null } => "Your identity still points at the old server, which is paused for the cut-over and will be activated again if this cannot go on.",
        _ => "Your old account works as before; nothing in it was changed.",
    };
}
