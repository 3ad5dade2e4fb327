using System.Net;
using System.Net.Http.Json;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Returns;
using Migrator.Web.Tests.Api;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Features.Returns;

public sealed class ReturnPagesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_look_shows_what_would_be_written_and_asks_for_the_sign_in_only_then()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var ready = program.Returns.Put(SampleReturns.Ready());

        var page = WebUtility.HtmlDecode(await browser.GetAsync($"/backups/returns/{ready}"));
        Assert.Contains("This would be written", page, StringComparison.Ordinal);
        Assert.Contains("left as they are now", page, StringComparison.Ordinal);
        Assert.Contains("app.bsky.feed.post/3kabcdefgh2ab", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv=\"refresh\"", page, StringComparison.Ordinal);

        var (status, _, location) = await browser.FillInAsync($"/backups/returns/{ready}", "write", ("Password", "app-password"), ("Code", ""));
        Assert.Equal((HttpStatusCode.Found, $"/backups/returns/{ready}"), (status, location));
        Assert.Equal("app-password", program.Returns.Written!.Password);
        Assert.DoesNotContain("app-password", string.Join('\n', program.Logs.Lines), StringComparison.Ordinal);

        program.Returns.Put(SampleReturns.Ready());
        program.Returns.Answer = ServiceResult<ReturnView>.Invalid(nameof(SignIn.Code), "old.example mailed you a sign-in code.");
        (status, var text, _) = await browser.FillInAsync($"/backups/returns/{ready}", "write", ("Password", "app-password"), ("Code", ""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("id=\"Code-error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("app-password", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_nothing_to_write_no_password_is_asked_for()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = await browser.GetAsync($"/backups/returns/{program.Returns.Put(SampleReturns.Nothing())}");
        Assert.Contains("There is nothing to bring back", page, StringComparison.Ordinal);
        Assert.DoesNotContain("type=\"password\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_says_for_whom_and_until_when_and_draws_itself_again()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = WebUtility.HtmlDecode(await browser.GetAsync($"/backups/returns/{program.Returns.Put(SampleReturns.Waiting())}"));
        Assert.Contains("old.example asks for a pause", page, StringComparison.Ordinal);
        Assert.Contains($"datetime=\"{SampleReturns.Waiting().WaitsUntil:O}\"", page, StringComparison.Ordinal);
        Assert.Contains("http-equiv=\"refresh\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_restart_cut_off_says_so_how_far_it_was_and_what_to_do()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = WebUtility.HtmlDecode(await browser.GetAsync($"/backups/returns/{program.Returns.Put(SampleReturns.CutOff())}"));
        Assert.Contains("It was cut off by a restart", page, StringComparison.Ordinal);
        Assert.Contains("400 of 1204 were counted", page, StringComparison.Ordinal);
        Assert.Contains("what is there already is not written twice", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing was written", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv=\"refresh\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_did_not_come_back_is_named_with_the_reason()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = WebUtility.HtmlDecode(await browser.GetAsync($"/backups/returns/{program.Returns.Put(SampleReturns.Remarks())}"));
        Assert.Contains("Not everything came back", page, StringComparison.Ordinal);
        Assert.Contains("perhaps a new record has its name by now", page, StringComparison.Ordinal);
        Assert.Contains("send its operator the file", page, StringComparison.Ordinal);
        var good = WebUtility.HtmlDecode(await browser.GetAsync($"/backups/returns/{program.Returns.Put(SampleReturns.Done())}"));
        Assert.Contains("It is back", good, StringComparison.Ordinal);
        await browser.GetAsync("/backups/returns/another", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task By_API_writing_needs_a_password_and_a_preview_never_hands_one_on()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = MigrationApiTests.Api(program);
        const string path = "/api/v1/backups/snapshots/s1/bring-back";

        using var without = await api.Client.PostAsJsonAsync(path, new { privateKey = "k", all = true }, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, without.StatusCode);
        using var preview = await api.Client.PostAsJsonAsync(path, new { privateKey = "k", all = true, preview = true, password = "p" }, Ct);
        Assert.Equal(HttpStatusCode.Accepted, preview.StatusCode);
        Assert.Equal((true, null), (program.Returns.Begun!.All, program.Returns.Begun.Password));
        using var found = await api.Client.GetAsync(preview.Headers.Location, Ct);
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        using var archive = await api.Client.PostAsJsonAsync("/api/v1/backups/snapshots/s1/take-out", new { privateKey = "k" }, Ct);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, archive.StatusCode);
    }
}
