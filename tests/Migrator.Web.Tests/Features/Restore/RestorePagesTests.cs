using System.Net;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Features.Restore;

public sealed class RestorePagesTests
{
    [Fact]
    public async Task A_lost_account_is_looked_up_and_its_questions_are_shown()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = await browser.GetAsync("/restore/new");
        using var begun = await browser.PostAsync(page, "account", ("Account", Sample.Did));
        var hub = await browser.GetAsync(browser.PathOf(begun)!);
        Assert.Contains("Restore an account", hub, StringComparison.Ordinal);
        Assert.Contains("What to restore from", hub, StringComparison.Ordinal);
        Assert.Contains(program.Migrations.Commands, command => command.Name == "restore");
    }

    [Fact]
    public async Task Home_says_that_a_restored_identity_was_changed_and_where_to_read_what_to_do()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var ended = RestoreSample.Ended(MigrationState.Completed);
        var id = program.Migrations.Put(ended);
        Assert.DoesNotContain("was changed after its restore", await browser.GetAsync("/"), StringComparison.Ordinal);
        program.Migrations.Put(ended with { IdentityWarning = "At 14:00 UTC rotation key 2 signed another change." });
        var home = await browser.GetAsync("/");
        Assert.Contains("was changed after its restore", home, StringComparison.Ordinal);
        Assert.Contains($"href=\"/move/{id}\">See what", home, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_vault_holds_is_shown_and_the_key_never_comes_back()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = await browser.GetAsync("/restore/new");
        using var looked = await browser.PostAsync(page, "look", ("Folder", "/srv/vault"), ("Key", "AGE-SECRET-KEY-1SECRET"));
        var found = await looked.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains(Sample.Did, found, StringComparison.Ordinal);
        Assert.Contains("Restore this account", found, StringComparison.Ordinal);
        Assert.DoesNotContain("AGE-SECRET-KEY-1SECRET", found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-20", "2026-11-20T23:59:59.9999999+00:00")]
    [InlineData("2026-11-20 14:05", "2026-11-20T14:05:00.0000000+00:00")]
    public async Task As_it_was_on_a_day_means_its_end_and_at_a_time_that_time(string typed, string meant)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(RestoreSample.Draft());
        var page = await browser.GetAsync($"/restore/{id}/sources");
        using var added = await browser.PostAsync(page, "snapshot", ("Vault", "/srv/vault"), ("Key", "k"), ("AsOf", typed));
        var command = Assert.IsType<AddSnapshot>(program.Migrations.Commands.Single(command => command.Name == "snapshot").Command);
        Assert.Equal(meant, command.AsOf!.Value.ToString("O"));
    }

    [Fact]
    public async Task A_bucket_is_tried_added_and_refused_at_its_fields_and_its_secrets_never_come_back()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(RestoreSample.Draft());
        (string, string)[] typed =
        [
            ("Endpoint", "https://s3.example.com"), ("Bucket", "cellar"), ("Region", ""), ("Prefix", "mine"), ("PathStyle", "true"), ("AccessKey", "KEYID"),
            ("SecretKey", "MARKED-SECRET"), ("BucketKey", "AGE-SECRET-KEY-1MARKED"), ("BucketAsOf", ""),
        ];

        var (status, text, _) = await browser.FillInAsync($"/restore/{id}/sources", "bucket", [.. typed, ("Do", "test")]);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("It works.", text, StringComparison.Ordinal);
        Assert.Contains("value=\"cellar\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("MARKED", text, StringComparison.Ordinal);
        Assert.DoesNotContain(program.Migrations.Commands, command => command.Name == "snapshot");

        (status, _, var location) = await browser.FillInAsync($"/restore/{id}/sources", "bucket", [.. typed, ("Do", "add")]);
        Assert.Equal((HttpStatusCode.Found, $"/restore/{id}/sources"), (status, location));
        var added = (AddSnapshot)program.Migrations.Commands.Single(command => command.Name == "snapshot").Command!;
        Assert.Equal(("cellar", "MARKED-SECRET", true, "AGE-SECRET-KEY-1MARKED"), (added.Vault!.Bucket, added.Vault.SecretKey, added.Vault.PathStyle, added.Key));

        program.Migrations.Answer = ServiceResult<MigrationView>.Invalid(
            new FieldProblem("Vault.AccessKey", "cellar refused the keys."), new FieldProblem("Key", "This is not the key of a backup."));
        (status, text, _) = await browser.FillInAsync($"/restore/{id}/sources", "bucket", [.. typed, ("Do", "add")]);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("id=\"AccessKey-error\"", text, StringComparison.Ordinal);
        Assert.Contains("id=\"BucketKey-error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("MARKED", text, StringComparison.Ordinal);
        Assert.DoesNotContain("MARKED", string.Join('\n', program.Logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_the_identity_after_the_restore_is_shouted_on_its_page_with_the_way_on()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var ended = RestoreSample.Ended(MigrationState.Completed);
        var quiet = await browser.GetAsync($"/move/{program.Migrations.Put(ended)}");
        Assert.DoesNotContain("was changed after the restore", quiet, StringComparison.Ordinal);
        program.Migrations.Put(ended with { IdentityWarning = "At 14:00 UTC rotation key 2 signed another change." });
        var page = await browser.GetAsync($"/move/{ended.Id}");
        Assert.Contains("role=\"alert\"", page, StringComparison.Ordinal);
        Assert.Contains("rotation key 2 signed another change", page, StringComparison.Ordinal);
        Assert.Contains("It was not me: begin a restore", page, StringComparison.Ordinal);

        // After a move as after a restore.
        var moved = program.Migrations.Put(Sample.Ended(MigrationState.Completed) with { IdentityWarning = "Rotation key 1 struck it out." });
        page = await browser.GetAsync($"/move/{moved}");
        Assert.Contains("Your identity was changed after the move", page, StringComparison.Ordinal);
        Assert.Contains("Rotation key 1 struck it out.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_old_server_is_asked_with_and_without_a_sign_in()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(RestoreSample.Draft());
        await browser.FillInAsync($"/restore/{id}/sources", "old-server", ("Password", ""), ("Code", ""));
        await browser.FillInAsync($"/restore/{id}/sources", "old-server", ("Password", "old password"), ("Code", "ABCDE"));
        var asked = program.Migrations.Commands.Where(command => command.Name == "old-server").Select(command => (AddOldServer)command.Command!).ToList();
        Assert.Equal([null, "old password"], asked.Select(command => command.Password));
        Assert.Equal("ABCDE", asked[1].Code);
    }

    [Fact]
    public async Task A_source_is_taken_out_by_its_own_button()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(RestoreSample.Draft());
        var page = await browser.GetAsync($"/restore/{id}/sources");
        using var removed = await browser.PostAsync(page, "remove", ("Remove", "b2"));
        Assert.Contains(program.Migrations.Commands, command => command is { Name: "remove", Command: "b2" });
    }

    [Fact]
    public async Task The_go_says_what_is_certain_what_is_not_and_what_was_never_kept()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(RestoreSample.Held(HoldCause.Go));
        var page = await browser.GetAsync($"/restore/{id}/go");
        foreach (var heading in new[] { "What is certain", "What is not", "What was never in a backup", "Can it be undone?" })
            Assert.Contains(heading, page, StringComparison.Ordinal);
        using var gone = await browser.PostAsync(page, "go", ("TypedHandle", "alice.old.example"));
        Assert.Equal("alice.old.example", Assert.IsType<GiveRestoreGo>(program.Migrations.Commands.Single(command => command.Name == "restore-go").Command).TypedHandle);
    }

    [Theory]
    [InlineData(HoldCause.Sources, "sources")]
    [InlineData(HoldCause.RotationKey, "key")]
    [InlineData(HoldCause.IdentityLog, "log")]
    [InlineData(HoldCause.SignElsewhere, "sign")]
    [InlineData(HoldCause.Go, "go")]
    public async Task Each_hold_leads_to_the_page_that_lifts_it(HoldCause cause, string page)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(RestoreSample.Held(cause));
        Assert.Contains($"href=\"/restore/{id}/{page}\"", await browser.GetAsync($"/move/{id}"), StringComparison.Ordinal);
        Assert.Contains("<form", await browser.GetAsync($"/restore/{id}/{page}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_move_has_no_pages_of_a_restore()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var id = program.Migrations.Put(Sample.Draft());
        await browser.GetAsync($"/restore/{id}/sources", HttpStatusCode.NotFound);
    }
}
