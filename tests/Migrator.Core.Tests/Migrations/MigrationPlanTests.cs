using Migrator.Core.Migrations;
using Xunit;

namespace Migrator.Core.Tests.Migrations;

public class MigrationPlanTests
{
    private static readonly IReadOnlyList<Type> StepTypes =
        [.. typeof(IMigrationStep).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IMigrationStep)))];

    [Fact]
    public void Every_step_name_has_one_file_named_after_it()
    {
        Assert.Equal(
            Enum.GetNames<StepName>().Select(name => name + "Step").Order(),
            StepTypes.Select(type => type.Name).Order());
    }

    [Fact]
    public void Every_step_stands_once_in_a_list_or_is_the_compensation()
    {
        foreach (var list in new[] { MigrationPlan.Move.Concat(MigrationPlan.WayBack), MigrationPlan.Restore.Concat(MigrationPlan.Release) })
            Assert.Equal(list.Distinct(), list);
        Assert.Equal(
            Enum.GetValues<StepName>().Order(),
            MigrationPlan.Move.Concat(MigrationPlan.WayBack).Concat(MigrationPlan.Restore).Concat(MigrationPlan.Release)
                .Append(StepName.ReactivateSource).Distinct().Order());
    }

    [Fact]
    public void A_restore_asks_everything_before_the_claim_and_gives_the_identity_to_a_complete_account_only()
    {
        var restore = MigrationPlan.Restore.ToList();
        Assert.True(restore.IndexOf(StepName.Preflight) < restore.IndexOf(StepName.SignClaim));
        Assert.True(restore.IndexOf(StepName.GatherSources) < restore.IndexOf(StepName.AwaitRestoreGo));
        Assert.True(restore.IndexOf(StepName.AwaitRestoreGo) < restore.IndexOf(StepName.SignClaim));
        Assert.Equal(restore.IndexOf(StepName.ClaimIdentity) + 1, restore.IndexOf(StepName.CreateTargetAccount));
        Assert.True(restore.IndexOf(StepName.VerifyParity) < restore.IndexOf(StepName.SignRestore));
        Assert.Equal(StepName.CreateTargetAccount, MigrationPlan.After(StepName.ClaimIdentity, MigrationKind.Restore));
        Assert.Equal(StepName.SignRestore, MigrationPlan.After(StepName.VerifyParity, MigrationKind.Restore));
        Assert.Null(MigrationPlan.After(StepName.ReleaseIdentity, MigrationKind.Restore));
    }

    [Fact]
    public void Blobs_are_copied_after_the_import_and_the_proof_stands_before_the_operation()
    {
        Assert.True(Index(StepName.ImportRepo) < Index(StepName.CopyBlobs));
        Assert.True(Index(StepName.SignIdentity) < Index(StepName.DeactivateSource));
        Assert.True(Index(StepName.DeactivateSource) < Index(StepName.CatchUp));
        Assert.Equal(Index(StepName.SubmitIdentity) - 1, Index(StepName.VerifyFinalParity));

        static int Index(StepName step) => MigrationPlan.Move.ToList().IndexOf(step);
    }

    [Fact]
    public void Only_the_changes_of_identity_are_points_of_no_return()
    {
        Assert.Equal(StepName.VerifyFromOutside, MigrationPlan.Move[^1]);
        Assert.Null(MigrationPlan.After(StepName.VerifyFromOutside));
        Assert.Null(MigrationPlan.After(StepName.VerifyWayBack));
        Assert.Equal(StepName.Preflight, MigrationPlan.After(StepName.ResolveIdentity));
    }
}
