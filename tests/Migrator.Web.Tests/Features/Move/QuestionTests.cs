using System.Net;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Features.Move;

public sealed class QuestionTests
{
    [Fact]
    public async Task A_new_move_begins_with_the_account()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var (status, _, location) = await browser.FillInAsync("/move/new", "account", ("Account", "alice.old.example"));
        Assert.Equal(HttpStatusCode.Found, status);
        Assert.Equal($"/move/{program.Migrations.Views.Keys.Single()}", location);
        Assert.Equal(("create", new CreateMigration("alice.old.example")), program.Migrations.Commands.Single());
    }

    [Fact]
    public async Task What_is_wrong_stands_on_top_and_at_the_field_and_the_answer_is_kept()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        program.Migrations.Answer = ServiceResult<MigrationView>.Invalid("Account", "No such handle: alice.old.example.");
        var (status, page, _) = await browser.FillInAsync("/move/new", "account", ("Account", "alice.old.example"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("<title>Error: ", page);
        Assert.Contains("<a href=\"#Account\">No such handle: alice.old.example.</a>", page);
        Assert.Contains("id=\"Account-error\"", page);
        Assert.Contains("aria-invalid=\"true\"", page);
        Assert.Contains("value=\"alice.old.example\"", page);
        Assert.True(page.IndexOf("error-summary", StringComparison.Ordinal) < page.IndexOf("<h1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Passwords_keys_and_codes_are_never_sent_back()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var draft = program.Migrations.Put(Sample.Draft());
        var ready = program.Migrations.Put(Sample.Held(HoldCause.Go));
        var done = program.Migrations.Put(Sample.Ended(MigrationState.Completed));
        program.Migrations.Answer = ServiceResult<MigrationView>.Invalid("Password", "Not right.");
        foreach (var (path, form, fields) in new (string, string, (string, string)[])[]
        {
            ($"/move/{draft}/sign-in-old", "sign-in", [("Password", "canary-secret")]),
            ($"/move/{draft}/account", "account", [("Password", "canary-secret"), ("PasswordAgain", "canary-secret")]),
            ($"/move/{ready}/cut-over", "go", [("TypedHandle", "x"), ("SignWith", "key"), ("RotationKey", "canary-secret")]),
            ($"/move/{done}/way-back", "back", [("RotationKey", "canary-secret"), ("SourcePassword", "canary-secret"), ("TargetPassword", "canary-secret")]),
        })
        {
            var (status, page, _) = await browser.FillInAsync(path, form, fields);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.DoesNotContain("canary-secret", page);
        }

        Assert.DoesNotContain(program.Logs.Lines, line => line.Contains("canary-secret"));
    }

    [Fact]
    public async Task Two_passwords_that_differ_go_nowhere()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(Sample.Draft());
        var (status, page, _) = await browser.FillInAsync(
            $"/move/{id}/account", "account", ("Handle", "alice.new.example"), ("Email", "a@mail.example"), ("Password", "one"), ("PasswordAgain", "two"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("href=\"#PasswordAgain\"", page);
        Assert.Contains("value=\"a@mail.example\"", page);
        Assert.Empty(program.Migrations.Commands);
    }

    [Theory]
    [InlineData(ServiceOutcome.Conflict, HttpStatusCode.Conflict)]
    [InlineData(ServiceOutcome.Unavailable, HttpStatusCode.ServiceUnavailable)]
    [InlineData(ServiceOutcome.Invalid, HttpStatusCode.UnprocessableEntity)]
    public async Task What_did_not_work_is_said_with_the_status_that_fits(ServiceOutcome outcome, HttpStatusCode expected)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(Sample.Draft());
        program.Migrations.Answer = new ServiceResult<MigrationView>(outcome, null, [new FieldProblem("", "This is why.")]);
        var (status, page, _) = await browser.FillInAsync($"/move/{id}/destination", "destination", ("Pds", "new.example"));
        Assert.Equal(expected, status);
        Assert.Contains("This is why.", page);
    }

    [Fact]
    public async Task Every_answer_reaches_the_service_as_typed()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var draft = program.Migrations.Put(Sample.Draft());
        var unproven = program.Migrations.Put(Sample.Draft() with { RecoveryKey = new RecoveryKey(Sample.Key, RecoveryKeyOrigin.Made, null) });
        await Send($"/move/{draft}/destination", "destination", ("Pds", "new.example"));
        await Send($"/move/{draft}/sign-in-old", "sign-in", ("Password", "p"), ("Code", "12345"));
        await Send($"/move/{draft}/account", "account", ("Handle", "a.new.example"), ("Email", "a@m.example"), ("Password", "q"), ("PasswordAgain", "q"), ("InviteCode", "i"));
        await Send($"/move/{draft}/recovery-key", "bring", ("DidKey", Sample.Key));
        await Send($"/move/{unproven}/recovery-key/proof", "proof", ("PrivateKey", "k"));
        await Send($"/move/{draft}/check", "start");
        await Send($"/move/{Held(HoldCause.TargetSignIn)}/sign-in-new", "sign-in", ("Password", "n"));
        await Send($"/move/{Held(HoldCause.PlcCode)}/code", "code", ("Code", "AB12C-DE34F"));
        await Send($"/move/{Held(HoldCause.PlcCode)}/code", "again");
        await Send($"/move/{Held(HoldCause.Go)}/cut-over", "go", ("TypedHandle", "alice.old.example"), ("SignWith", "code"));
        await Send($"/move/{Held(HoldCause.ServerTrouble)}", "resume");
        await Send($"/move/{program.Migrations.Put(Sample.Copying())}", "pause");
        await Send($"/move/{draft}/cancel", "cancel");
        await Send(
            $"/move/{program.Migrations.Put(Sample.Ended(MigrationState.Completed))}/way-back", "back", ("TypedHandle", "h"), ("RotationKey", "k"), ("SourcePassword", "p"), ("SourceCode", "c"), ("TargetPassword", "t"));
        Assert.Equal(
            [
                ("target", new ChooseTarget("new.example")), ("source-session", new SignIn("p", "12345")), ("account", new ChooseAccount("a.new.example", "a@m.example", "q", "i")),
                ("recovery-key", new BringRecoveryKey(Sample.Key)), ("recovery-key/proof", new ProveRecoveryKey("k")), ("start", null), ("target-session", new SignIn("n", null)),
                ("code", new GiveCode("AB12C-DE34F")), ("code/again", null), ("go", new GiveGo("alice.old.example", "code", null)), ("resume", null), ("pause", null), ("cancel", null),
                ("way-back", new TakeWayBack("h", "k", "p", "c", "t")),
            ],
            program.Migrations.Commands);

        string Held(HoldCause cause) => program.Migrations.Put(Sample.Held(cause));

        async Task Send(string path, string form, params (string, string)[] fields)
        {
            var (status, page, _) = await browser.FillInAsync(path, form, fields);
            Assert.True(status == HttpStatusCode.Found, $"{path}: {status} {page}");
        }
    }

    [Fact]
    public async Task Consent_to_missing_files_needs_the_tick_and_names_the_files_shown()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var view = Sample.Held(HoldCause.MissingBlobs);
        var id = program.Migrations.Put(view);
        var (status, page, _) = await browser.FillInAsync($"/move/{id}/missing-files", "accept");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("href=\"#Agree\"", page);
        Assert.Empty(program.Migrations.Commands);

        await browser.FillInAsync($"/move/{id}/missing-files", "accept", ("Agree", "yes"));
        var command = Assert.IsType<AcceptMissingBlobs>(program.Migrations.Commands.Single().Command);
        Assert.Equal(view.BlobProblems.Select(problem => problem.Cid), command.Cids);
    }

    [Fact]
    public async Task A_form_that_is_not_offered_any_more_is_refused()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var view = Sample.Held(HoldCause.Go);
        var page = await browser.GetAsync($"/move/{program.Migrations.Put(view)}/cut-over");
        program.Migrations.Put(Sample.Ended(MigrationState.Completed) with { Id = view.Id });
        using var answer = await browser.PostAsync(page, "go", ("TypedHandle", "alice.old.example"), ("SignWith", "code"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Nothing was changed", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Empty(program.Migrations.Commands);
    }
}
