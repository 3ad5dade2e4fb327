using Migrator.Core.Migrations;
using Migrator.Core.Migrations.Steps;
using Xunit;

namespace Migrator.Core.Tests.Migrations;

public class OutcomeRecorderTests
{
    private static readonly MigrationOptions Options = new() { TriesPerStep = 3, TriesInTheCut = 2, FirstPause = TimeSpan.FromSeconds(2) };

    private static OutcomeRecorder.Recorded Record(MigrationProgress progress, IMigrationStep step, StepOutcome outcome) =>
        OutcomeRecorder.Record(Context(progress), step, outcome, Options, Sample.Now);

    private static MigrationContext Context(MigrationProgress progress) => new(
        new Lease(MigrationId.New(), 1, "test"),
        new Migration(MigrationId.New(), "owner", Sample.Request with { Tries = 7 }, 1, progress, Sample.Now, Sample.Now),
        new MigrationTools(null!, null!, null!, null!, null!, null!, Options),
        TimeProvider.System);

    private static readonly CatchUpStep CatchUp = new(null!);
    private static readonly CopyBlobsStep CopyBlobs = new(null!, null!, null!);

    [Fact]
    public void Done_goes_to_the_next_step()
    {
        var recorded = Record(Sample.At(StepName.CopyBlobs) with { Attempt = 2 }, CopyBlobs, new StepOutcome.Done("note"));
        Assert.Equal(StepName.CopyPreferences, recorded.Progress.Step);
        Assert.Equal(0, recorded.Progress.Attempt);
        Assert.True(recorded.Progress.IsDone(StepName.CopyBlobs));
    }

    [Fact]
    public void The_last_step_completes_and_remarks_are_said()
    {
        var step = new VerifyFromOutsideStep(null!);
        Assert.Equal(MigrationState.Completed, Record(Sample.At(step.Name), step, new StepOutcome.Done()).Progress.State);
        Assert.Equal(
            MigrationState.CompletedWithRemarks,
            Record(Sample.At(step.Name) with { Remarks = ["something"] }, step, new StepOutcome.Done()).Progress.State);
    }

    [Fact]
    public void Pauses_grow_and_then_the_person_is_asked()
    {
        var first = Record(Sample.At(StepName.CopyBlobs) with { Attempt = 1 }, CopyBlobs, new StepOutcome.Retry("trouble"));
        Assert.Equal(Sample.Now.AddSeconds(2), first.WakeAt);
        var second = Record(Sample.At(StepName.CopyBlobs) with { Attempt = 2 }, CopyBlobs, new StepOutcome.Retry("trouble"));
        Assert.Equal(Sample.Now.AddSeconds(4), second.WakeAt);
        var third = Record(Sample.At(StepName.CopyBlobs) with { Attempt = 3 }, CopyBlobs, new StepOutcome.Retry("trouble"));
        Assert.Equal(HoldCause.ServerTrouble, third.Progress.Hold!.Cause);
        Assert.Null(third.WakeAt);
        Assert.NotEqual(MigrationState.Failed, third.Progress.State);
    }

    [Fact]
    public void Trouble_after_headway_begins_to_count_anew()
    {
        var context = Context(Sample.At(StepName.CopyBlobs) with { Attempt = 3 });
        context.MadeHeadway = true;
        var recorded = OutcomeRecorder.Record(context, CopyBlobs, new StepOutcome.Retry("trouble"), Options, Sample.Now);
        Assert.Equal(1, recorded.Progress.Attempt);
        Assert.Equal(Sample.Now.AddSeconds(2), recorded.WakeAt);
    }

    [Fact]
    public void A_wait_that_a_server_asked_for_costs_no_try()
    {
        var recorded = Record(Sample.At(StepName.CopyBlobs) with { Attempt = 1 }, CopyBlobs, new StepOutcome.Wait(Sample.Now.AddHours(3), "busy"));
        Assert.Equal(0, recorded.Progress.Attempt);
        Assert.Equal(Sample.Now.AddHours(3), recorded.WakeAt);
    }

    [Fact]
    public void In_the_cut_spent_tries_switch_the_old_account_on_again()
    {
        var recorded = Record(Sample.InTheCut(StepName.CatchUp) with { Attempt = 2 }, CatchUp, new StepOutcome.Retry("trouble"));
        Assert.Equal(HoldCause.ServerTrouble, recorded.Progress.Compensating!.Cause);
        Assert.Equal(Sample.Now, recorded.WakeAt);
    }

    [Theory]
    [InlineData(HoldCause.Parity)]
    [InlineData(HoldCause.SourceSignIn)]
    [InlineData(HoldCause.IdentityMoved)]
    public void In_the_cut_nobody_thinks_while_the_old_account_is_off(HoldCause cause)
    {
        var recorded = Record(Sample.InTheCut(StepName.CatchUp), CatchUp, new StepOutcome.NeedsPerson(cause, "m", "w"));
        Assert.NotNull(recorded.Progress.Compensating);
        Assert.Null(recorded.Progress.Hold);
    }

    [Fact]
    public void A_long_wait_in_the_cut_is_not_waited_for()
    {
        var recorded = Record(Sample.InTheCut(StepName.SubmitIdentity), new SubmitIdentityStep(), new StepOutcome.Wait(Sample.Now.AddHours(1), "too many"));
        Assert.NotNull(recorded.Progress.Compensating);
    }

    [Fact]
    public void After_the_compensation_the_go_has_to_be_given_again()
    {
        var progress = Sample.InTheCut(StepName.CatchUp) with
        {
            Compensating = Sample.Hold(HoldCause.ServerTrouble),
            Done = [new StepDone(StepName.VerifyParity, Sample.Now, null), new StepDone(StepName.AwaitGo, Sample.Now, null), new StepDone(StepName.DeactivateSource, Sample.Now, null)],
        };
        var recorded = Record(progress, new ReactivateSourceStep(), new StepOutcome.Done());
        Assert.Equal(StepName.AwaitGo, recorded.Progress.Step);
        Assert.Equal(MigrationState.ReadyForCutover, recorded.Progress.State);
        Assert.Equal(HoldCause.ServerTrouble, recorded.Progress.Hold!.Cause);
        Assert.Equal(7, recorded.Progress.Hold.Tries);
        Assert.True(recorded.Progress.IsDone(StepName.VerifyParity));
        Assert.False(recorded.Progress.IsDone(StepName.DeactivateSource));
    }

    [Fact]
    public void While_it_is_unknown_whether_the_operation_was_taken_the_tries_do_not_end()
    {
        var sent = Sample.InTheCut(StepName.SubmitIdentity);
        sent = sent with { Attempt = 50, Cutover = sent.Cutover with { SubmittedAt = Sample.Now } };
        var recorded = Record(sent, new SubmitIdentityStep(), new StepOutcome.Retry("no answer"));
        Assert.Null(recorded.Progress.Compensating);
        Assert.Equal(Sample.Now.AddSeconds(30), recorded.WakeAt);
    }

    [Fact]
    public void Going_back_to_an_earlier_step_forgets_that_the_later_ones_were_done()
    {
        var progress = Sample.At(StepName.VerifyParity) with
        {
            Done = [new StepDone(StepName.ImportRepo, Sample.Now, null), new StepDone(StepName.CopyBlobs, Sample.Now, null)],
        };
        var recorded = Record(progress, new VerifyParityStep(null!), new StepOutcome.NeedsPerson(HoldCause.Parity, "m", "w", BackTo: StepName.CopyBlobs));
        Assert.Equal(StepName.CopyBlobs, recorded.Progress.Step);
        Assert.True(recorded.Progress.IsDone(StepName.ImportRepo));
        Assert.False(recorded.Progress.IsDone(StepName.CopyBlobs));
    }
}
