using Migrator.Core.Migrations;
using Xunit;

namespace Migrator.Core.Tests.Migrations;

public class MigrationDeciderTests
{
    private static Decision Next(MigrationRequest request, MigrationProgress progress) => MigrationDecider.Next(request, progress, Sample.Now);

    [Fact]
    public void A_draft_rests_until_it_is_started()
    {
        Assert.IsType<Decision.Rest>(Next(Sample.Request with { StartedAt = null }, new MigrationProgress()));
        var started = Assert.IsType<Decision.Settle>(Next(Sample.Request, new MigrationProgress()));
        Assert.Equal(MigrationState.Copying, started.Progress.State);
        Assert.Equal(MigrationPlan.Move[0], started.Progress.Step);
    }

    [Fact]
    public void The_step_of_the_progress_is_run()
    {
        Assert.Equal(new Decision.Run(StepName.CopyBlobs), Next(Sample.Request, Sample.At(StepName.CopyBlobs)));
    }

    [Fact]
    public void A_hold_that_needs_the_person_rests()
    {
        Assert.IsType<Decision.Rest>(Next(Sample.Request, Sample.At(StepName.CopyBlobs) with { Hold = Sample.Hold(HoldCause.MissingBlobs) }));
    }

    [Fact]
    public void An_act_of_the_person_after_the_hold_lifts_it()
    {
        var held = Sample.At(StepName.CopyBlobs) with { Hold = Sample.Hold(HoldCause.MissingBlobs, tries: 3), Attempt = 4 };
        Assert.IsType<Decision.Rest>(Next(Sample.Request with { Tries = 3 }, held));
        var lifted = Assert.IsType<Decision.Settle>(Next(Sample.Request with { Tries = 4 }, held));
        Assert.Null(lifted.Progress.Hold);
        Assert.Equal(0, lifted.Progress.Attempt);
    }

    [Fact]
    public void A_wait_ends_at_its_time_and_not_before()
    {
        var waiting = Sample.At(StepName.CopyBlobs) with { Hold = Sample.Hold(HoldCause.Waiting, until: Sample.Now.AddMinutes(5)) };
        Assert.Equal(new Decision.WaitUntil(Sample.Now.AddMinutes(5)), Next(Sample.Request, waiting));
        Assert.Equal(new Decision.Run(StepName.CopyBlobs), MigrationDecider.Next(Sample.Request, waiting, Sample.Now.AddMinutes(5)));
    }

    [Fact]
    public void Cancelling_while_copying_ends_it_at_once()
    {
        var cancelled = Assert.IsType<Decision.Settle>(Next(Sample.Request with { Wish = Wish.Cancel }, Sample.At(StepName.CopyBlobs)));
        Assert.Equal(MigrationState.Cancelled, cancelled.Progress.State);
        Assert.Null(cancelled.Progress.Step);
    }

    [Theory]
    [InlineData(Wish.Cancel)]
    [InlineData(Wish.Pause)]
    public void Stopping_in_the_cut_switches_the_old_account_on_first(Wish wish)
    {
        var stopped = Assert.IsType<Decision.Settle>(Next(Sample.Request with { Wish = wish }, Sample.InTheCut(StepName.CatchUp)));
        Assert.NotNull(stopped.Progress.Compensating);
        Assert.Equal(new Decision.Run(StepName.ReactivateSource), Next(Sample.Request with { Wish = wish }, stopped.Progress));
    }

    [Theory]
    [InlineData(Wish.Cancel)]
    [InlineData(Wish.Pause)]
    public void Once_the_operation_may_be_sent_nothing_stops_it(Wish wish)
    {
        var sent = Sample.InTheCut(StepName.SubmitIdentity);
        sent = sent with { Cutover = sent.Cutover with { SubmittedAt = Sample.Now } };
        Assert.Equal(new Decision.Run(StepName.SubmitIdentity), Next(Sample.Request with { Wish = wish }, sent));
    }

    [Fact]
    public void The_way_back_starts_once_for_each_time_it_is_asked_for()
    {
        var done = Sample.At(StepName.VerifyFromOutside) with
        {
            State = MigrationState.Completed,
            Step = null,
            Cutover = new CutoverFacts { Operation = Sample.Operation, SubmittedAt = Sample.Now, AcceptedAt = Sample.Now },
        };
        var request = Sample.Request with { WayBackAt = Sample.Now };
        Assert.IsType<Decision.Rest>(Next(Sample.Request, done));
        var back = Assert.IsType<Decision.Settle>(Next(request, done));
        Assert.Equal(MigrationPlan.WayBack[0], back.Progress.Step);
        Assert.Equal(new Decision.Run(MigrationPlan.WayBack[0]), Next(request, back.Progress));
        Assert.IsType<Decision.Rest>(Next(request, back.Progress with { State = MigrationState.Undone, Step = null }));
    }

    [Fact]
    public void A_way_back_that_waits_for_the_key_begins_again_when_it_is_asked_for_again()
    {
        var held = Sample.At(StepName.SubmitWayBack) with
        {
            Hold = Sample.Hold(HoldCause.RecoveryKey),
            Cutover = new CutoverFacts { Operation = Sample.Operation, SubmittedAt = Sample.Now, AcceptedAt = Sample.Now, WayBackTaken = Sample.Now },
        };
        Assert.IsType<Decision.Rest>(Next(Sample.Request with { WayBackAt = Sample.Now }, held));
        var again = Assert.IsType<Decision.Settle>(Next(Sample.Request with { WayBackAt = Sample.Now.AddMinutes(1) }, held));
        Assert.Equal(StepName.SubmitWayBack, again.Progress.Step);
        Assert.Null(again.Progress.Hold);
    }

    [Theory]
    [InlineData(MigrationState.Completed)]
    [InlineData(MigrationState.Cancelled)]
    [InlineData(MigrationState.Failed)]
    [InlineData(MigrationState.Undone)]
    public void What_has_ended_stays_ended(MigrationState state)
    {
        Assert.IsType<Decision.Rest>(Next(Sample.Request with { Wish = Wish.Cancel, Tries = 9 }, Sample.At(StepName.CopyBlobs) with { State = state }));
    }

    [Fact]
    public void There_is_no_way_back_before_the_directory_took_the_operation()
    {
        var request = Sample.Request with { WayBackAt = Sample.Now };
        Assert.Equal(new Decision.Run(StepName.CatchUp), Next(request, Sample.InTheCut(StepName.CatchUp)));
    }
}
