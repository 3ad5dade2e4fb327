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
    public void Every_step_stands_once_in_the_plan_or_is_the_compensation()
    {
        Assert.Equal(
            Enum.GetValues<StepName>().Order(),
            MigrationPlan.Move.Concat(MigrationPlan.WayBack).Append(StepName.ReactivateSource).Order());
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
