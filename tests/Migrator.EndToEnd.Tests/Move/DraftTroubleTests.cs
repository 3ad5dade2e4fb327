using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Faults;
using Migrator.Testing.Network;
using Xunit;

namespace Migrator.EndToEnd.Tests.Move;

/// <summary>What a person can get wrong before anything starts: each has its message at its field, and nothing was changed.</summary>
public sealed class DraftTroubleTests(SharedNetwork shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accounts_that_cannot_be_found_are_said_at_the_field()
    {
        var network = await shared.GetAsync(Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        Assert.Contains("neither a handle", await ProblemAsync(host.Service.CreateAsync(MoveHost.Owner, new CreateMigration("not a handle!"), Cancel), "Account"), StringComparison.Ordinal);
        Assert.NotEmpty(await ProblemAsync(host.Service.CreateAsync(MoveHost.Owner, new CreateMigration("nobody-here.a.test"), Cancel), "Account"));
        Assert.NotEmpty(await ProblemAsync(host.Service.CreateAsync(MoveHost.Owner, new CreateMigration("did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"), Cancel), "Account"));
    }

    [Fact]
    public async Task A_handle_that_its_identity_does_not_claim_is_refused()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await Identities.ChangeAsync(network, account.Did, network.A, body => body with { AlsoKnownAs = ["at://someone-else.a.test"] }, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        Assert.NotEmpty(await ProblemAsync(host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Handle), Cancel), "Account"));
    }

    [Fact]
    public async Task Wrong_passwords_app_passwords_and_server_codes_are_told_apart()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var id = MoveDriver.Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Handle), Cancel)).Id;
        Assert.Contains("did not accept", await SignInAsync("wrong password", "Password"), StringComparison.Ordinal);
        var session = await account.SignInAsync(Cancel);
        var app = await session.PostAsync("com.atproto.server.createAppPassword", new { name = "test", privileged = true }, Cancel);
        Assert.Contains("app password", await SignInAsync(app.GetProperty("password").GetString()!, "Password"), StringComparison.Ordinal);

        async Task<string> SignInAsync(string password, string field) =>
            await ProblemAsync(host.Service.SignInSourceAsync(MoveHost.Owner, id, new SignIn(password, null), Cancel), field);
    }

    [Fact]
    public async Task A_server_that_mails_a_sign_in_code_is_given_the_code()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var old = await InterceptingPds.StartAsync(network.A.Url);
        old.Fail("com.atproto.server.createSession", 401, "AuthFactorTokenRequired", times: 1);
        await Identities.PointAtAsync(network, account.Did, network.A, old.Url, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var id = MoveDriver.Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Did), Cancel)).Id;

        Assert.Contains("mailed you", await ProblemAsync(host.Service.SignInSourceAsync(MoveHost.Owner, id, new SignIn(account.Password, null), Cancel), "Code"), StringComparison.Ordinal);
        var view = MoveDriver.Ok(await host.Service.SignInSourceAsync(MoveHost.Owner, id, new SignIn(account.Password, "ABCDE-12345"), Cancel));
        Assert.True(view.Tasks.SignedIn);
    }

    [Fact]
    public async Task Addresses_that_are_no_pds_are_said_at_the_field()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var id = MoveDriver.Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Handle), Cancel)).Id;
        Assert.Contains("not a server's address", await ChooseAsync("https://x.example.com/path"), StringComparison.Ordinal);
        Assert.Contains("does not answer like a PDS", await ChooseAsync(network.Plc.Url), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", await ChooseAsync("http://localhost:1"), StringComparison.Ordinal);
        Assert.Contains("private network", await ChooseAsync("https://10.1.2.3"), StringComparison.Ordinal);
        Assert.Contains("lives on this server already", await ChooseAsync(network.A.Url), StringComparison.Ordinal);

        async Task<string> ChooseAsync(string address) =>
            await ProblemAsync(host.Service.ChooseTargetAsync(MoveHost.Owner, id, new ChooseTarget(address), Cancel), "Pds");
    }

    [Fact]
    public async Task Handles_that_the_new_server_would_refuse_are_said_at_the_field()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        var neighbour = await network.CreateAccountAsync(network.B, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var id = MoveDriver.Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Handle), Cancel)).Id;
        MoveDriver.Ok(await host.Service.ChooseTargetAsync(MoveHost.Owner, id, new ChooseTarget(network.B.Url), Cancel));
        Assert.Contains("3 to 18", await ChooseAsync("ab.b.test"), StringComparison.Ordinal);
        Assert.Contains("dot", await ChooseAsync("one.two.b.test"), StringComparison.Ordinal);
        Assert.Contains("taken", await ChooseAsync(neighbour.Handle), StringComparison.Ordinal);
        Assert.Contains("DNS", await ChooseAsync("alice.elsewhere.test"), StringComparison.Ordinal);
        Assert.Contains("not a handle", await ChooseAsync("no handle"), StringComparison.Ordinal);

        async Task<string> ChooseAsync(string handle) => await ProblemAsync(
            host.Service.ChooseAccountAsync(MoveHost.Owner, id, new ChooseAccount(handle, "me@example.com", "long enough", null), Cancel), "Handle");
    }

    [Fact]
    public async Task Another_owner_finds_nothing()
    {
        var network = await shared.GetAsync(Cancel);
        var account = await network.CreateAccountAsync(network.A, Cancel);
        await using var host = await MoveHost.StartAsync(network, Cancel);
        var id = MoveDriver.Ok(await host.Service.CreateAsync(MoveHost.Owner, new CreateMigration(account.Handle), Cancel)).Id;
        Assert.Equal(ServiceOutcome.NotFound, (await host.Service.GetAsync("somebody else", id, Cancel)).Outcome);
        Assert.Equal(ServiceOutcome.NotFound, (await host.Service.CancelAsync("somebody else", id, Cancel)).Outcome);
        Assert.Equal(MigrationState.Draft, (await host.ViewAsync(id, Cancel)).State);
    }

    private static async Task<string> ProblemAsync(Task<ServiceResult<MigrationView>> answer, string field)
    {
        var result = await answer;
        Assert.False(result.IsOk);
        var problem = Assert.Single(result.Problems);
        Assert.Equal(field, problem.Field);
        return problem.Message;
    }
}
