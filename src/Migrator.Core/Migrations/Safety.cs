namespace Migrator.Core.Migrations;

/// <summary>The sentence that says what is safe right now; one place, so that no page promises something else.</summary>
public static class Safety
{
    public static string Of(MigrationProgress progress) => progress switch
    {
        { Restore: { } restore } => OfRestore(progress, restore),
        { State: MigrationState.GoingBack } => "The data is on both servers. Nothing has been deleted anywhere.",
        { Cutover.AcceptedAt: not null } =>
            "All data is on the new server, proven before the identity was changed, and still on the old one. Nothing was deleted.",
        { Cutover.SubmittedAt: not null } =>
            "All data is on both servers. The directory's log decides which one the account lives on; Migrator reads it before it does "
                + "anything.",
        { Cutover.SourceDeactivatedAt: not null } =>
            "Your identity still points at the old server, which is paused for the cut-over and will be activated again if this cannot go "
                + "on.",
        _ => "Your old account works as before; nothing in it was changed.",
    };

    private static string OfRestore(MigrationProgress progress, RestoreFacts restore) => progress switch
    {
        { State: MigrationState.GoingBack } => "Your backup is untouched. Nothing was deleted anywhere.",
        { Cutover.AcceptedAt: not null } =>
            "Everything in your backup is on the new server, proven before the identity was given to it. Your backup is untouched.",
        { Cutover.SubmittedAt: not null } =>
            "All data is on the new server and in your backup. The directory's log decides which server the account lives on; Migrator "
                + "reads it before it does anything.",
        _ when restore.ClaimAcceptedAt is not null =>
            "Your backup is untouched, and the identity is in your hands: your rotation key can change it at any time, forward or back.",
        _ when restore.ClaimSubmittedAt is not null =>
            "Your backup is untouched. Whether the claim was taken is read from the directory's log before anything else is done.",
        _ => "Nothing was changed anywhere: neither your backup, nor your identity, nor any server.",
    };
}
