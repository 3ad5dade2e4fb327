using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;

namespace Migrator.Web.Features.Move;

/// <summary>The page where the person lifts a hold.</summary>
/// <param name="Page">Last part of its address.</param>
/// <param name="Words">What the button says.</param>
/// <param name="Area">The first part: pages that only a restore has are under <c>restore</c>.</param>
internal sealed record HoldAnswer(string Page, string Words, string Area = "move")
{
    private const string OfRestore = "restore";

    public string Href(string id) => $"/{Area}/{id}/{Page}";

    /// <summary>Null where no page helps: it goes on by itself, or "try again" is all there is.</summary>
    public static HoldAnswer? For(MigrationView view) => view.Hold?.Cause switch
    {
        HoldCause.SourceSignIn when view.Can.SignInSource => new("sign-in-old", "Sign in to the old server"),
        HoldCause.TargetSignIn when view.Can.SignInTarget => new("sign-in-new", "Sign in to the new server"),
        HoldCause.TargetAccount => new("account", "Change the new account’s details"),
        HoldCause.Sources when view.Can.EditSources => new("sources", "Name something else", OfRestore),
        HoldCause.RotationKey when view.Can.GiveRotationKey => new("key", "Give the rotation key", OfRestore),
        HoldCause.IdentityLog when view.Can.DecideLog => new("log", "Look at the log", OfRestore),
        HoldCause.SignElsewhere when view.Can.GiveOperation => new("sign", "See the operation", OfRestore),
        HoldCause.Go when view.Can.Go && view.Kind == MigrationKind.Restore => new("go", "Look at it and restore", OfRestore),
        HoldCause.MissingBlobs when view.Can.AcceptMissing => new("missing-files", "See the missing files"),
        HoldCause.Go when view.Can.Go => new("cut-over", "Look at it and move"),
        HoldCause.RecoveryKey when view.Can.TakeWayBack => new("way-back", "Ask for the way back again"),
        HoldCause.RecoveryKey => new("recovery-key", "Bring or make a recovery key"),
        HoldCause.PlcCode when view.Can.GiveCode => new("code", "Enter the code"),
        HoldCause.Parity => new("report", "See the differences"),
        _ => null,
    };
}
