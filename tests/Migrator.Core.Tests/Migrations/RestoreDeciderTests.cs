using Migrator.Core.Migrations;
using Xunit;

namespace Migrator.Core.Tests.Migrations;

public class RestoreDeciderTests
{
    private static readonly MigrationRequest Request = Sample.Request with { Restore = new RestoreRequest() };

    private static Decision Next(MigrationRequest request, MigrationProgress progress) => MigrationDecider.Next(request, progress, Sample.Now);

    private static MigrationProgress At(StepName step, RestoreFacts facts) => Sample.At(step) with { Restore = facts };

    private static readonly RestoreFacts Claimed = new() { ClaimSubmittedAt = Sample.Now, ClaimAcceptedAt = Sample.Now };

    [Fact]
    public void A_restore_begins_with_its_own_list()
    {
        var started = Assert.IsType<Decision.Settle>(Next(Request, new MigrationProgress()));
        Assert.Equal(StepName.LookUpIdentity, started.Progress.Step);
    }

    [Fact]
    public void Before_the_claim_it_can_be_cancelled()
    {
        var cancelled = Assert.IsType<Decision.Settle>(Next(Request with { Wish = Wish.Cancel }, At(StepName.Preflight, new RestoreFacts())));
        Assert.Equal(MigrationState.Cancelled, cancelled.Progress.State);
    }

    [Fact]
    public void A_claimed_identity_is_never_left_by_cancelling_but_may_be_paused()
    {
        var copying = At(StepName.CopyBlobs, Claimed);
        Assert.Equal(new Decision.Run(StepName.CopyBlobs), Next(Request with { Wish = Wish.Cancel }, copying));
        var paused = Assert.IsType<Decision.Settle>(Next(Request with { Wish = Wish.Pause }, copying));
        Assert.Equal(HoldCause.PausedByUser, paused.Progress.Hold!.Cause);
    }

    [Fact]
    public void While_it_is_unknown_whether_the_claim_was_taken_nothing_stops_it()
    {
        var unknown = At(StepName.ClaimIdentity, new RestoreFacts { ClaimSubmittedAt = Sample.Now });
        Assert.Equal(new Decision.Run(StepName.ClaimIdentity), Next(Request with { Wish = Wish.Pause }, unknown));
        Assert.Equal(new Decision.Run(StepName.ClaimIdentity), Next(Request with { Wish = Wish.Cancel }, unknown));
    }

    [Fact]
    public void The_way_back_is_open_from_the_claim_until_the_last_operation_is_taken()
    {
        var asked = Request with { WayBackAt = Sample.Now };
        var back = Assert.IsType<Decision.Settle>(Next(asked, At(StepName.CreateTargetAccount, Claimed)));
        Assert.Equal(StepName.ReleaseIdentity, back.Progress.Step);
        Assert.Equal(MigrationState.GoingBack, back.Progress.State);
        Assert.Equal(new Decision.Run(StepName.Preflight), Next(asked, At(StepName.Preflight, new RestoreFacts())));
        // Refused for ever, or its server is gone: who sent it must not be stuck with it.
        var sent = At(StepName.SubmitIdentity, Claimed) with { Cutover = new CutoverFacts { SubmittedAt = Sample.Now } };
        back = Assert.IsType<Decision.Settle>(Next(asked, sent));
        Assert.Equal(StepName.ReleaseIdentity, back.Progress.Step);
        var taken = sent with { Cutover = sent.Cutover with { AcceptedAt = Sample.Now } };
        Assert.Equal(new Decision.Run(StepName.SubmitIdentity), Next(asked, taken));
    }
}
