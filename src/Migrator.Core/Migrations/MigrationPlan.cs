namespace Migrator.Core.Migrations;

/// <summary>
/// Start reading here: the steps of a move and of a restore, in their order. Each is one file in <c>Steps/</c>. Who may follow whom is
/// decided by <see cref="MigrationDecider"/>, how a step is run by <see cref="MigrationRunner"/>.
/// </summary>
public static class MigrationPlan
{
    public static readonly IReadOnlyList<StepName> Move =
    [
        // Look, and touch nothing.
        StepName.ResolveIdentity,
        StepName.Preflight,
        StepName.SignInSource,
        StepName.TakeSnapshot,

        // Fill a deactivated account on the new server.
        StepName.CreateTargetAccount,
        StepName.ImportRepo,
        StepName.CopyBlobs,       // after the import: a blob uploaded before its record is stored, but never served
        StepName.CopyPreferences,
        StepName.VerifyParity,

        // Everything is there and kept up to date. The person says when.
        StepName.AwaitGo,
        StepName.RequestPlcCode,  // last, because a code lives for 15 minutes
        StepName.SignIdentity,    // signed before anything is switched off, so that a wrong code costs nothing

        // The cut: seconds. Until SubmitIdentity every failure activates the old account again.
        StepName.DeactivateSource,
        StepName.CatchUp,
        StepName.VerifyFinalParity,
        StepName.SubmitIdentity,  // the point of no return

        StepName.ActivateTarget,
        StepName.VerifyFromOutside,
    ];

    /// <summary>
    /// The way back, offered once the move's operation was accepted. The new account stays on until the identity and the old account are
    /// ready for its owner: whatever stands in the way before that, the account goes on where it is.
    /// </summary>
    public static readonly IReadOnlyList<StepName> WayBack =
    [
        StepName.SubmitWayBack,
        StepName.ActivateSourceAgain,
        StepName.DeactivateTargetAgain,
        StepName.VerifyWayBack,
    ];

    /// <summary>
    /// A restore is a move whose source is what was kept, and whose identity is changed by its owner's rotation key: the old server is not
    /// needed and not asked.
    /// </summary>
    public static readonly IReadOnlyList<StepName> Restore =
    [
        // Look, and touch nothing. Whatever can fail is tried here, because after the claim the account stands between two servers.
        StepName.LookUpIdentity,
        StepName.GatherSources,
        StepName.Preflight,
        StepName.AwaitRestoreGo,

        // The new server makes an account only for who signs with the identity's own key: so a temporary one is put there first.
        StepName.SignClaim,
        StepName.ClaimIdentity,

        StepName.CreateTargetAccount,
        StepName.ImportRepo,
        StepName.CopyBlobs,
        StepName.CopyPreferences,
        StepName.VerifyParity,

        // Only a complete account gets the identity.
        StepName.SignRestore,
        StepName.SubmitIdentity,
        StepName.ActivateTarget,
        StepName.VerifyFromOutside,
    ];

    /// <summary>The way back of a restore, while the identity is claimed and does not name the new server yet.</summary>
    public static readonly IReadOnlyList<StepName> Release = [StepName.ReleaseIdentity];

    public static IReadOnlyList<StepName> For(MigrationKind kind) => kind == MigrationKind.Restore ? Restore : Move;

    public static IReadOnlyList<StepName> WayBackFor(MigrationKind kind) => kind == MigrationKind.Restore ? Release : WayBack;

    /// <summary>The step after <paramref name="step"/>, or null at the end of its list.</summary>
    public static StepName? After(StepName step, MigrationKind kind = MigrationKind.Move)
    {
        foreach (var list in new[] { For(kind), WayBackFor(kind) })
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (list[i] == step)
                    return i + 1 < list.Count ? list[i + 1] : null;
            }
        }

        return null;
    }

    /// <summary>True for the steps between "old deactivated" and "operation sent", where a standstill is undone at once.</summary>
    public static bool IsInTheCut(StepName step) =>
        step is StepName.DeactivateSource or StepName.CatchUp or StepName.VerifyFinalParity or StepName.SubmitIdentity;

    public static MigrationState StateDuring(StepName step) => step switch
    {
        StepName.AwaitGo or StepName.AwaitRestoreGo => MigrationState.ReadyForCutover,
        StepName.RequestPlcCode or StepName.SignIdentity or StepName.DeactivateSource or StepName.CatchUp or StepName.VerifyFinalParity
            or StepName.SubmitIdentity or StepName.ActivateTarget or StepName.SignClaim or StepName.ClaimIdentity
                or StepName.SignRestore => MigrationState.CuttingOver,
        StepName.VerifyFromOutside => MigrationState.Proving,
        StepName.SubmitWayBack or StepName.ActivateSourceAgain or StepName.DeactivateTargetAgain or StepName.VerifyWayBack
            or StepName.ReleaseIdentity => MigrationState.GoingBack,
        _ => MigrationState.Copying,
    };
}
