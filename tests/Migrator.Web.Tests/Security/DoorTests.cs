using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Migrator.Web.Tests.Hosting;

namespace Migrator.Web.Tests.Security;

public sealed class DoorTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_the_entry_page_the_static_files_and_the_health_checks_are_open()
    {
        await using var program = await TestProgram.StartAsync();
        var open = program.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(endpoint => "/" + endpoint.RoutePattern.RawText!.TrimStart('/')).Distinct().Order().ToList();
        // The public keys are open, so that anybody can check a signed report.
        Assert.Equal(
            ["/.well-known/migrator-keys.json", "/assets/again.js", "/assets/app.css", "/assets/enter.js", "/assets/icon.svg", "/assets/progress.js", "/enter", "/health/live", "/health/ready",
                "/healthz"], open);
    }

    [Fact]
    public async Task Every_other_route_sends_a_stranger_away()
    {
        await using var program = await TestProgram.StartAsync();
        using var stranger = program.OpenBrowser();
        var closed = program.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null).ToList();
        Assert.True(closed.Count > 40, $"only {closed.Count} routes");
        foreach (var endpoint in closed)
        {
            var path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/').Replace("{id}", "abc").Replace("{Id}", "abc").Replace("{documentName}", "v1");
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                using var answer = await stranger.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Ct);
                var isApi = path.StartsWith("/api") || path.StartsWith("/openapi");
                Assert.True(answer.StatusCode == (isApi ? HttpStatusCode.Unauthorized : HttpStatusCode.SeeOther), $"{method} {path}: {answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task An_address_that_does_not_exist_tells_a_stranger_nothing()
    {
        await using var program = await TestProgram.StartAsync();
        using var stranger = program.OpenBrowser();
        await stranger.GetAsync("/no-such-page", HttpStatusCode.SeeOther);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/healthz")]
    [InlineData("/assets/app.css")]
    public async Task What_is_open_answers_a_stranger(string path)
    {
        await using var program = await TestProgram.StartAsync();
        using var stranger = program.OpenBrowser();
        await stranger.GetAsync(path);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("169.254.169.254")]
    public async Task A_foreign_host_name_is_refused(string host)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = program.OpenBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = host } };
        using var answer = await browser.Client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Localhost_is_answered_too()
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = program.OpenBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = $"localhost:{program.Address.Port}" } };
        using var answer = await browser.Client.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/enter")]
    [InlineData("/")]
    [InlineData("/settings")]
    [InlineData("/no-such-page")]
    [InlineData("/api/v1/migrations")]
    [InlineData("/assets/app.css")]
    public async Task Every_answer_carries_the_security_headers(string path)
    {
        await using var program = await TestProgram.StartAsync();
        using var browser = await program.SignInAsync();
        using var answer = await browser.Client.GetAsync(path, Ct);
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
            Header(answer, "Content-Security-Policy"));
        Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header(answer, "Referrer-Policy"));
        Assert.Equal("DENY", Header(answer, "X-Frame-Options"));
        Assert.Equal("same-origin", Header(answer, "Cross-Origin-Opener-Policy"));
        Assert.Equal("same-origin", Header(answer, "Cross-Origin-Resource-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
        if (!path.StartsWith("/assets"))
            Assert.Contains("no-store", Header(answer, "Cache-Control"));
    }

    [Fact]
    public async Task With_an_https_address_the_cookie_is_bound_to_it()
    {
        await using var program = await TestProgram.StartAsync(settings: ["--Migrator:Door:PublicUrl=https://move.example", "--Migrator:Door:Hosts:0=127.0.0.1"]);
        using var browser = program.OpenBrowser();
        using var page = await browser.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/health/live") { Headers = { Host = "move.example" } }, Ct);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.StartsWith("max-age=", Header(page, "Strict-Transport-Security"));
        Assert.Equal("__Host-migrator", program.App.Services.GetRequiredService<Web.Security.SessionCookie>().Name);
    }

    [Fact]
    public async Task Passwords_and_codes_cannot_be_tried_without_end()
    {
        await using var program = await TestProgram.StartAsync();
        using var script = program.OpenBrowser();
        script.Client.DefaultRequestHeaders.Add("Authorization", $"Bearer {program.ApiToken}");
        var id = program.Migrations.Put(Sample.Draft());
        for (var attempt = 0; attempt < 20; attempt++)
        {
            using var tried = await script.Client.PutAsJsonAsync($"/api/v1/migrations/{id}/source-session", new { password = "wrong" }, Ct);
            Assert.Equal(HttpStatusCode.OK, tried.StatusCode);
        }

        using var refused = await script.Client.PutAsJsonAsync($"/api/v1/migrations/{id}/source-session", new { password = "wrong" }, Ct);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.True(refused.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Contains("too-many-tries", await refused.Content.ReadAsStringAsync(Ct));
        await script.GetAsync($"/api/v1/migrations/{id}");
    }

    [Fact]
    public async Task A_worker_serves_its_health_and_nothing_else()
    {
        await using var program = await TestProgram.StartAsync(settings: "--Migrator:Role=worker");
        using var browser = program.OpenBrowser();
        await browser.GetAsync("/health/live");
        await browser.GetAsync("/enter", HttpStatusCode.NotFound);
        await browser.GetAsync("/api/v1/migrations", HttpStatusCode.NotFound);
        Assert.False(File.Exists(Path.Combine(program.Data, "api-token")));
    }

    private static string Header(HttpResponseMessage answer, string name) => string.Join(", ", answer.Headers.GetValues(name));
}
