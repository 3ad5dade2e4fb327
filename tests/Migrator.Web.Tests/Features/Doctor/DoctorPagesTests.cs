using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Migrator.Core.AtProto.Crypto;
using Migrator.Core.Migrations;
using Migrator.Jobs.Doctor;
using Migrator.Jobs.Migrations;
using Migrator.Jobs.Storage;
using Migrator.Web.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Migrator.Web.Tests.Features.Doctor;

public sealed class DoctorPagesTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_check_of_an_account_is_begun_by_the_form_and_its_result_shown()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var (status, _, location) = await browser.FillInAsync("/doctor", "account", ("Account", "alice.old.example"), ("OtherHost", "new.example"), ("ReadBlobs", "true"));
        Assert.Equal((HttpStatusCode.Found, "/doctor/c0"), (status, location));
        Assert.Equal(new CheckAccount("alice.old.example", "new.example", true), program.Checks.Asked);

        var page = WebUtility.HtmlDecode(await browser.GetAsync("/doctor/c0"));
        Assert.Contains("Not whole", page, StringComparison.Ordinal);
        Assert.Contains("The safe next step", page, StringComparison.Ordinal);
        Assert.Contains("app.bsky.feed.post/3kabc", page, StringComparison.Ordinal);
        await browser.GetAsync("/doctor/nothing", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_running_check_draws_itself_again_and_what_was_typed_wrong_stands_at_its_field()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        program.Checks.Put(SampleCheck.Running());
        Assert.Contains("http-equiv=\"refresh\"", await browser.GetAsync("/doctor/running"), StringComparison.Ordinal);

        program.Checks.Answer = ServiceResult<CheckView>.Invalid("Account", "Enter a handle.");
        var (status, text, _) = await browser.FillInAsync("/doctor", "account", ("Account", ""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("id=\"Account-error\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_larger_than_other_requests_is_taken_and_only_with_the_token()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var page = await browser.GetAsync("/doctor");
        var form = page[page.IndexOf("action=\"/doctor/file\"", StringComparison.Ordinal)..];
        var token = Regex.Match(form, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
        var car = new byte[3_000_000];
        Random.Shared.NextBytes(car);

        using var refused = await browser.Client.PostAsync("/doctor/file", Upload("wrong", car), Ct);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Null(program.Checks.File);
        using var none = await browser.Client.PostAsync("/doctor/file", Upload(token, null), Ct);
        Assert.Equal("/doctor?file=none", browser.PathOf(none));
        foreach (var (answer, code) in Refusals())
        {
            program.Checks.Answer = answer;
            using var no = await browser.Client.PostAsync("/doctor/file", Upload(token, [1, 2]), Ct);
            Assert.Equal($"/doctor?file={code}", browser.PathOf(no));
            Assert.Contains("id=\"File-error\"", await browser.GetAsync($"/doctor?file={code}"), StringComparison.Ordinal);
        }

        program.Checks.Answer = null;
        using var taken = await browser.Client.PostAsync("/doctor/file", Upload(token, car), Ct);
        Assert.Equal("/doctor/c0", browser.PathOf(taken));
        Assert.Equal(car, program.Checks.File);
    }

    [Fact]
    public async Task The_api_begins_reads_and_forgets_checks()
    {
        await using var program = await TestProgram.StartAsync();
        using var script = program.OpenBrowser();
        script.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", program.ApiToken);
        using var begun = await script.Client.PostAsJsonAsync("/api/v1/checks", new { account = "alice.old.example" }, Ct);
        Assert.Equal((HttpStatusCode.Accepted, "/api/v1/checks/c0"), (begun.StatusCode, begun.Headers.Location!.ToString()));
        using var read = JsonDocument.Parse(await script.GetAsync("/api/v1/checks/c0"));
        Assert.Equal("notWhole", read.RootElement.GetProperty("report").GetProperty("verdict").GetString());
        using var file = await script.Client.PostAsync("/api/v1/checks/files", new ByteArrayContent(new byte[2_000_000]), Ct);
        Assert.Equal((HttpStatusCode.Accepted, 2_000_000), (file.StatusCode, program.Checks.File!.Length));
        using var gone = await script.Client.DeleteAsync("/api/v1/checks/c0", Ct);
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        await script.GetAsync("/api/v1/checks/c0", HttpStatusCode.NotFound);
        using var stranger = program.OpenBrowser();
        await stranger.GetAsync("/api/v1/checks", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_report_is_signed_with_the_key_that_anyone_may_read()
    {
        await using var program = await TestProgram.StartAsync();
        program.Migrations.Report = Sample.Report();
        var id = program.Migrations.Put(Sample.Ended(MigrationState.Completed));
        using var stranger = program.OpenBrowser();
        Assert.True(JsonWebKeys.TryRead(System.Text.Encoding.UTF8.GetBytes(await stranger.GetAsync("/.well-known/migrator-keys.json")), out var keys));
        Assert.Equal(program.App.Services.GetRequiredService<ISigner>().DidKey, Assert.Single(keys).DidKey);

        using var browser = await program.SignInAsync();
        var file = await browser.GetAsync($"/move/{id}/report.jws");
        Assert.True(JsonWebSignature.TryRead(System.Text.Encoding.UTF8.GetBytes(file), out var signed));
        Assert.True(signed.IsSignedBy(keys[0]));
        using var payload = JsonDocument.Parse(signed.Payload);
        Assert.Equal(Sample.Did, payload.RootElement.GetProperty("did").GetString());
        Assert.False(payload.RootElement.GetProperty("equal").GetBoolean());
        Assert.True(JsonWebSignature.TryRead(System.Text.Encoding.UTF8.GetBytes(await browser.GetAsync($"/api/v1/migrations/{id}/report/signed")), out var second));
        Assert.Equal(signed.Payload, second.Payload);
    }

    [Fact]
    public async Task The_report_is_narrowed_by_its_address()
    {
        await using var program = await TestProgram.StartAsync();
        program.Migrations.Report = Sample.Report();
        var id = program.Migrations.Put(Sample.Ended(MigrationState.Completed));
        using var browser = await program.SignInAsync();
        Assert.Contains("app.bsky.feed.post/3kabc", await browser.GetAsync($"/move/{id}/report?what=missing"), StringComparison.Ordinal);
        Assert.DoesNotContain("app.bsky.feed.post/3kabc", await browser.GetAsync($"/move/{id}/report?what=files"), StringComparison.Ordinal);
        Assert.Contains("app.bsky.feed.post/3kxyz", await browser.GetAsync($"/move/{id}/report?q=NO+LONGER"), StringComparison.Ordinal);
        var other = await browser.GetAsync($"/move/{id}/report?collection=app.bsky.feed.like&q=%3Cscript%3E");
        Assert.DoesNotContain("3kabc", other, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", other, StringComparison.Ordinal);
    }

    private static IEnumerable<(ServiceResult<CheckView> Answer, string Code)> Refusals() =>
    [
        (ServiceResult<CheckView>.Conflict("Choose another time."), "busy"),
        .. ((string[])[FileRefusal.None, FileRefusal.TooLarge, FileRefusal.NoRoom, FileRefusal.Stopped]).Select(code =>
            (ServiceResult<CheckView>.Invalid([new FieldProblem("File", "In any words.", code)]), code)),
    ];

    private static MultipartFormDataContent Upload(string token, byte[]? car)
    {
        var form = new MultipartFormDataContent { { new StringContent(token), "__RequestVerificationToken" } };
        if (car is not null)
            form.Add(new ByteArrayContent(car), "File", "my repo.car");
        return form;
    }
}
