using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Web.Tests.Hosting;
using Migrator.Web.Api;

namespace Migrator.Web.Tests.Api;

public sealed class MigrationApiTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Creating_answers_201_with_the_address()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        using var answer = await api.Client.PostAsJsonAsync("/api/v1/migrations", new { account = "alice.old.example" }, Ct);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var view = await Json(answer);
        Assert.Equal($"/api/v1/migrations/{view.GetProperty("id").GetString()}", answer.Headers.Location?.OriginalString);
        Assert.Equal("draft", view.GetProperty("state").GetString());
        Assert.Equal("alice.old.example", view.GetProperty("handle").GetString());
    }

    [Fact]
    public async Task The_same_idempotency_key_creates_once()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        api.Client.DefaultRequestHeaders.Add("Idempotency-Key", "key-1");
        using var first = await api.Client.PostAsJsonAsync("/api/v1/migrations", new { account = "alice.old.example" }, Ct);
        using var again = await api.Client.PostAsJsonAsync("/api/v1/migrations", new { account = "alice.old.example" }, Ct);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Single(program.Migrations.Commands);

        using var other = await api.Client.PostAsJsonAsync("/api/v1/migrations", new { account = "bob.old.example" }, Ct);
        await AssertProblem(other, HttpStatusCode.UnprocessableEntity, "idempotency-key");
    }

    [Fact]
    public async Task Calls_at_once_with_one_idempotency_key_create_once_and_a_refused_one_leaves_the_key_free()
    {
        var keys = new IdempotencyKeys(TimeProvider.System);
        var (first, isFirst) = keys.Begin("me", "key", "this");
        var (second, isSecondFirst) = keys.Begin("me", "key", "this");
        Assert.True(isFirst);
        Assert.False(isSecondFirst);
        Assert.Same(first, second);
        Assert.False(second.Made.IsCompleted);
        Assert.True(keys.Begin("another", "key", "this").IsFirst);

        keys.End(first, null);
        Assert.Null(await second.Made);
        var (third, isThirdFirst) = keys.Begin("me", "key", "this");
        Assert.True(isThirdFirst);
        keys.End(third, "made");
        Assert.Equal("made", await keys.Begin("me", "key", "other").Call.Made);
    }

    [Fact]
    public async Task Reading_gives_a_tag_and_304_while_nothing_changed()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        var view = Sample.Copying();
        var path = $"/api/v1/migrations/{program.Migrations.Put(view)}";
        using var first = await api.Client.GetAsync(path, Ct);
        Assert.NotNull(first.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, await StatusWith(first.Headers.ETag));
        program.Migrations.Put(view with { Live = view.Live! with { Done = 413, At = view.Live.At.AddSeconds(1) } });
        Assert.Equal(HttpStatusCode.OK, await StatusWith(first.Headers.ETag));
        program.Migrations.Put(view with { Version = "8" });
        Assert.Equal(HttpStatusCode.OK, await StatusWith(first.Headers.ETag));

        async Task<HttpStatusCode> StatusWith(EntityTagHeaderValue tag)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { IfNoneMatch = { tag } } };
            using var answer = await api.Client.SendAsync(request, Ct);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_list_names_them_all()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        var id = program.Migrations.Put(Sample.Held(HoldCause.PlcCode));
        using var answer = await api.Client.GetAsync("/api/v1/migrations", Ct);
        var item = (await Json(answer)).GetProperty("items").EnumerateArray().Single();
        Assert.Equal(id, item.GetProperty("id").GetString());
        Assert.Equal("cuttingOver", item.GetProperty("state").GetString());
        Assert.Equal("plcCode", item.GetProperty("hold").GetProperty("cause").GetString());
    }

    [Fact]
    public async Task Every_command_reaches_the_service()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        var id = program.Migrations.Put(Sample.Draft());
        program.Migrations.Kit = Sample.Kit();
        await Send("PUT", "target", new { pds = "new.example" }, HttpStatusCode.OK);
        await Send("PUT", "source-session", new { password = "p", code = "1" }, HttpStatusCode.OK);
        await Send("PUT", "target-session", new { password = "n" }, HttpStatusCode.OK);
        await Send("PUT", "account", new { handle = "h", email = "e", password = "p", inviteCode = "i" }, HttpStatusCode.OK);
        await Send("PUT", "recovery-key", new { didKey = Sample.Key }, HttpStatusCode.OK);
        await Send("POST", "recovery-key/made", null, HttpStatusCode.OK);
        await Send("POST", "recovery-key/proof", new { privateKey = "k" }, HttpStatusCode.OK);
        await Send("POST", "start", null, HttpStatusCode.Accepted);
        await Send("POST", "missing-blobs", new { cids = new[] { Sample.Cid } }, HttpStatusCode.Accepted);
        await Send("POST", "go", new { typedHandle = "h", signWith = "code" }, HttpStatusCode.Accepted);
        await Send("POST", "code", new { code = "c" }, HttpStatusCode.Accepted);
        await Send("POST", "code/again", null, HttpStatusCode.Accepted);
        await Send("POST", "pause", null, HttpStatusCode.Accepted);
        await Send("POST", "resume", null, HttpStatusCode.Accepted);
        await Send("POST", "cancel", null, HttpStatusCode.Accepted);
        await Send("POST", "way-back", new { typedHandle = "h", rotationKey = "k", sourcePassword = "p" }, HttpStatusCode.Accepted);
        var commands = program.Migrations.Commands.ToDictionary(entry => entry.Name, entry => entry.Command);
        Assert.Equal(16, commands.Count);
        Assert.Equal(new ChooseTarget("new.example"), commands["target"]);
        Assert.Equal(new SignIn("p", "1"), commands["source-session"]);
        Assert.Equal(new ChooseAccount("h", "e", "p", "i"), commands["account"]);
        Assert.Equal([Sample.Cid], Assert.IsType<AcceptMissingBlobs>(commands["missing-blobs"]).Cids);
        Assert.Equal(new GiveGo("h", "code", null), commands["go"]);
        Assert.Equal(new TakeWayBack("h", "k", "p", null, null), commands["way-back"]);

        async Task Send(string method, string path, object? body, HttpStatusCode expected)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1/migrations/{id}/{path}") { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await api.Client.SendAsync(request, Ct);
            Assert.True(answer.StatusCode == expected, $"{path}: {answer.StatusCode}");
            if (expected == HttpStatusCode.Accepted)
                Assert.Equal($"/api/v1/migrations/{id}", answer.Headers.Location?.OriginalString);
        }
    }

    [Theory]
    [InlineData(ServiceOutcome.Invalid, HttpStatusCode.UnprocessableEntity, "invalid")]
    [InlineData(ServiceOutcome.Conflict, HttpStatusCode.Conflict, "conflict")]
    [InlineData(ServiceOutcome.Unavailable, HttpStatusCode.ServiceUnavailable, "unavailable")]
    [InlineData(ServiceOutcome.NotFound, HttpStatusCode.NotFound, "not-found")]
    public async Task Each_refusal_is_a_problem_with_its_code(ServiceOutcome outcome, HttpStatusCode status, string code)
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        var id = program.Migrations.Put(Sample.Draft());
        program.Migrations.Answer = new ServiceResult<MigrationView>(outcome, null, [new FieldProblem("InviteCode", "An invite code is needed.")]);
        using var answer = await api.Client.PutAsJsonAsync($"/api/v1/migrations/{id}/account", new { handle = "h" }, Ct);
        var problem = await AssertProblem(answer, status, code);
        if (outcome is ServiceOutcome.Invalid or ServiceOutcome.Unavailable)
            Assert.Equal("An invite code is needed.", problem.GetProperty("errors").GetProperty("inviteCode")[0].GetString());
        else
            Assert.Equal("An invite code is needed.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("{", "application/json", HttpStatusCode.BadRequest, "bad-request")]
    [InlineData("account=x", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType, "unsupported-media-type")]
    [InlineData("{\"account\":5}", "application/json", HttpStatusCode.BadRequest, "bad-request")]
    public async Task A_body_that_cannot_be_read_is_a_problem_too(string body, string type, HttpStatusCode status, string code)
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        using var content = new StringContent(body, new MediaTypeHeaderValue(type));
        using var answer = await api.Client.PostAsync("/api/v1/migrations", content, Ct);
        await AssertProblem(answer, status, code);
        Assert.Empty(program.Migrations.Commands);
    }

    [Fact]
    public async Task A_body_without_end_is_cut_off()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        using var answer = await api.Client.PostAsJsonAsync("/api/v1/migrations", new { account = new string('a', 2_000_000) }, Ct);
        await AssertProblem(answer, HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Fact]
    public async Task A_route_that_does_not_exist_is_a_problem_too()
    {
        await using var program = await TestProgram.StartAsync();
        using var api = Api(program);
        using var answer = await api.Client.GetAsync("/api/v1/nothing", Ct);
        await AssertProblem(answer, HttpStatusCode.NotFound, "not-found");
    }

    [Fact]
    public async Task A_mistake_of_our_own_shows_a_trace_id_and_nothing_else()
    {
        await using var program = await TestProgram.StartAsync();
        program.Migrations.Fault = new InvalidOperationException("canary-secret in a message");
        using var api = Api(program);
        using var answer = await api.Client.GetAsync("/api/v1/migrations/abc", Ct);
        var problem = await AssertProblem(answer, HttpStatusCode.InternalServerError, "internal");
        Assert.DoesNotContain("canary-secret", problem.GetRawText());
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);

        using var browser = await program.SignInAsync();
        var page = await browser.GetAsync("/move/abc", HttpStatusCode.InternalServerError);
        Assert.Contains("Something went wrong on our side", page);
        Assert.DoesNotContain("canary-secret", page);
    }

    [Fact]
    public async Task The_report_comes_as_stored()
    {
        await using var program = await TestProgram.StartAsync();
        program.Migrations.Report = Sample.Report();
        using var api = Api(program);
        var id = program.Migrations.Put(Sample.Ended(MigrationState.Completed));
        using var answer = await api.Client.GetAsync($"/api/v1/migrations/{id}/report", Ct);
        Assert.Equal(12_344, (await Json(answer)).GetProperty("records").GetProperty("equal").GetInt32());
    }

    internal static TestBrowser Api(TestProgram program)
    {
        var api = program.OpenBrowser();
        api.Client.DefaultRequestHeaders.Add("Authorization", $"Bearer {program.ApiToken}");
        return api;
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer) =>
        (await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(Ct), default, Ct)).RootElement;

    private static async Task<JsonElement> AssertProblem(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await Json(answer);
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return problem;
    }
}
