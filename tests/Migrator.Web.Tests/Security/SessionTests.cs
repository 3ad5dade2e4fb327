using System.Net;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Security;

public sealed class SessionTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_ends_when_it_is_not_used()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        program.Time.Now += TimeSpan.FromHours(11);
        await browser.GetAsync("/");
        program.Time.Now += TimeSpan.FromHours(11);
        await browser.GetAsync("/");
        program.Time.Now += TimeSpan.FromHours(12);
        await browser.GetAsync("/", HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task A_session_ends_after_its_longest_time_however_often_it_is_used()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        for (var hours = 0; hours < 7 * 24 - 6; hours += 6)
        {
            program.Time.Now += TimeSpan.FromHours(6);
            await browser.GetAsync("/");
        }

        program.Time.Now += TimeSpan.FromHours(6);
        await browser.GetAsync("/", HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_on_the_server_too()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        var cookie = browser.Cookies.Single(one => !one.Name.StartsWith("migrator-form"));
        using var thief = program.OpenBrowser();
        thief.Client.DefaultRequestHeaders.Add("Cookie", $"{cookie.Name}={cookie.Value}");
        await thief.GetAsync("/");
        var (status, _, location) = await browser.FillInAsync("/", "/sign-out");
        Assert.Equal((HttpStatusCode.SeeOther, "/enter"), (status, location));
        Assert.Equal([cookie.Value], program.Snapshots.Forgotten); // the key of backups, too
        await thief.GetAsync("/", HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task Sign_out_everywhere_ends_the_other_browsers_too()
    {
        await using var program = await TestProgram.StartAsync();
        using var one = await program.SignInAsync();
        using var other = await program.SignInAsync();
        await one.FillInAsync("/settings", "/sign-out/everywhere");
        Assert.Equal(["*"], program.Snapshots.Forgotten);
        await other.GetAsync("/", HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task A_session_survives_a_restart()
    {
        var data = Directory.CreateTempSubdirectory("migrator-web-").FullName;
        var time = new ManualTime();
        Cookie cookie;
        await using (var first = await TestProgram.StartAsync(data, time))
        {
            using var browser = await first.SignInAsync();
            cookie = browser.Cookies.Single(one => !one.Name.StartsWith("migrator-form"));
        }

        await using var second = await TestProgram.StartAsync(data, time);
        using var again = second.OpenBrowser();
        again.Client.DefaultRequestHeaders.Add("Cookie", $"{cookie.Name}={cookie.Value}");
        await again.GetAsync("/");
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_made_up_session_is_refused()
    {
        await using var program = await TestProgram.StartAsync();
        using var real = await program.SignInAsync();
        var name = real.Cookies.Single(one => !one.Name.StartsWith("migrator-form")).Name;
        foreach (var value in new[] { "x", new string('A', 43), new string('A', 5000) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Cookie", $"{name}={value}" } } };
            using var browser = program.OpenBrowser();
            using var answer = await browser.Client.SendAsync(request, Ct);
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_api_token_opens_the_api_and_no_page()
    {
        await using var program = await TestProgram.StartAsync();
        using var script = program.OpenBrowser();
        script.Client.DefaultRequestHeaders.Add("Authorization", $"Bearer {program.ApiToken}");
        await script.GetAsync("/api/v1/migrations");
        await script.GetAsync("/", HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task A_replaced_api_token_is_refused()
    {
        await using var program = await TestProgram.StartAsync();
        var old = program.ApiToken;
        using var browser = await program.SignInAsync();
        await browser.FillInAsync("/settings", "token");
        Assert.NotEqual(old, program.ApiToken);
        using var script = program.OpenBrowser();
        script.Client.DefaultRequestHeaders.Add("Authorization", $"Bearer {old}");
        await script.GetAsync("/api/v1/migrations", HttpStatusCode.Unauthorized);
    }
}
