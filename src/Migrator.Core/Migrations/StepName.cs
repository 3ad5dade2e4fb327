namespace Migrator.Core.Migrations;

/// <summary>
/// The names of all steps. They are stored and used in crash points and the API, so a name never changes its meaning;
/// their order stands in MigrationPlan.cs.
/// </summary>
public enum StepName
{
    ResolveIdentity,
    Preflight,
    SignInSource,
    TakeSnapshot,
    CreateTargetAccount,
    ImportRepo,
    CopyBlobs,
    CopyPreferences,
    VerifyParity,
    AwaitGo,
    RequestPlcCode,
    SignIdentity,
    DeactivateSource,
    CatchUp,
    VerifyFinalParity,
    SubmitIdentity,
    ActivateTarget,
    VerifyFromOutside,

    /// <summary>Compensation: the old account is activated again because the cut-over could not be finished.</summary>
    ReactivateSource,

    /// <summary>The way back: the identity names the old server again.</summary>
    SubmitWayBack,
    ActivateSourceAgain,
    DeactivateTargetAgain,
    VerifyWayBack,

    // A restore has steps of its own where a move would ask the old server.
    LookUpIdentity,
    GatherSources,
    AwaitRestoreGo,
    SignClaim,
    ClaimIdentity,
    SignRestore,

    /// <summary>The way back of a restore: the identity says again what it said before it was claimed.</summary>
    ReleaseIdentity,
}
