using System.Net;
using System.Net.Http.Json;
using Migrator.Web.Api;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Security;

public sealed class CrossSiteTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_form_from_another_site_is_refused(string header, string value)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        browser.Client.DefaultRequestHeaders.Add(header, value);
        var (status, _, _) = await browser.FillInAsync("/move/new", "account", ("Account", "alice.old.example"));
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Empty(program.Migrations.Commands);
    }

    [Theory]
    [InlineData("same-origin", "null")]
    [InlineData("same-origin", null)]
    [InlineData("none", null)]
    public async Task Our_own_forms_come_through(string site, string? origin)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        browser.Client.DefaultRequestHeaders.Add("Sec-Fetch-Site", site);
        if (origin is not null)
            browser.Client.DefaultRequestHeaders.Add("Origin", origin);
        var (status, _, _) = await browser.FillInAsync("/move/new", "account", ("Account", "alice.old.example"));
        Assert.Equal(HttpStatusCode.Found, status);
    }

    [Fact]
    public async Task A_form_without_its_antiforgery_token_is_refused()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        foreach (var (path, handler) in new[] { ("/move/new", "account"), ("/sign-out", ""), ("/sign-out/everywhere", ""), ("/settings", "token") })
        {
            using var form = new FormUrlEncodedContent([new("_handler", handler), new("Account", "alice.old.example")]);
            using var answer = await browser.Client.PostAsync(path, form, Ct);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path}: {answer.StatusCode}");
        }

        Assert.Empty(program.Migrations.Commands);
        await browser.GetAsync("/");
    }

    [Fact]
    public async Task The_api_asks_a_browser_for_the_antiforgery_token()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        using var bare = await browser.Client.PostAsJsonAsync("/api/v1/migrations", new { account = "alice.old.example" }, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, bare.StatusCode);
        Assert.Empty(program.Migrations.Commands);

        var token = await browser.Client.GetFromJsonAsync<AntiforgeryHeader>("/api/v1/antiforgery", Ct);
        browser.Client.DefaultRequestHeaders.Add(token!.Name, token.Value);
        using var complete = await browser.Client.PostAsJsonAsync("/api/v1/migrations", new { account = "alice.old.example" }, Ct);
        Assert.Equal(HttpStatusCode.Created, complete.StatusCode);
    }

    [Fact]
    public async Task Another_browsers_antiforgery_token_does_not_help()
    {
        await using var program = await TestProgram.StartAsync();
        using var one = await program.SignInAsync();
        using var other = program.OpenBrowser();
        var page = await other.GetAsync("/enter");
        using var answer = await one.PostAsync(page.Replace("action=\"/enter\"", "action=\"/sign-out\""), "/sign-out");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
