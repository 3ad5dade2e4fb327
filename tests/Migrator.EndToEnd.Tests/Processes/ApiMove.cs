using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>A move made through the HTTP API of a program that may be killed at any moment.</summary>
internal sealed class ApiMove(
    MigratorProcess program, RealNetwork network, FilledAccount account, PdsProcess from, PdsProcess to, CancellationToken ct)
{
    public const string NewPassword = "a new and long password";
    private readonly ApiCalls _calls = new(program, ct);

    public string Id { get; private set; } = "";

    public string NewHandle { get; private set; } = "";

    public RecoveryKit? Kit { get; private set; }

    public async Task<MigrationView> DraftAsync()
    {
        var made = await CallAsync<MigrationView>(HttpMethod.Post, "", new CreateMigration(account.Handle));
        Id = made.Id;
        NewHandle = network.NewHandle(to, "moved");
        await CallAsync<MigrationView>(HttpMethod.Put, "/target", new ChooseTarget(to.Url));
        await CallAsync<MigrationView>(HttpMethod.Put, "/source-session", new SignIn(account.Password, null));
        await CallAsync<MigrationView>(HttpMethod.Put, "/account", new ChooseAccount(NewHandle, $"{Id}@example.com", NewPassword, null));
        Kit = await CallAsync<RecoveryKit>(HttpMethod.Post, "/recovery-key/made", null);
        return await CallAsync<MigrationView>(HttpMethod.Post, "/recovery-key/proof", new ProveRecoveryKey(Kit.PrivateKeyHex));
    }

    /// <summary>Start, go and code; then waits for the end.</summary>
    public async Task<MigrationView> RunAsync()
    {
        await CallAsync<MigrationView>(HttpMethod.Post, "/start", null);
        await UntilAsync(view => view.Hold?.Cause == HoldCause.Go, "the go");
        await CallAsync<MigrationView>(HttpMethod.Post, "/go", new GiveGo(account.Handle, "code", null));
        for (var codes = 0; ; codes++)
        {
            var view = await UntilAsync(view => view.State.IsFinal() || NeedsCode(view), "the end, or a code");
            if (view.State.IsFinal())
                return view;
            var code = await network.ReadCodeAsync(from, account.Did, ct);
            await CallAsync<MigrationView>(HttpMethod.Post, "/code", new GiveCode(code));
            await UntilAsync(view => !NeedsCode(view), "that the code is taken");
        }
    }

    public Task<MigrationView> UntilAsync(Func<MigrationView, bool> wanted, string what) => _calls.UntilAsync(Id, wanted, what);

    public static string Story(MigrationView view) => ApiCalls.Story(view);

    private static bool NeedsCode(MigrationView view) => view.Hold?.Cause == HoldCause.PlcCode;

    private Task<T> CallAsync<T>(HttpMethod method, string path, object? command)
        where T : class => _calls.CallAsync<T>(method, $"/migrations{(Id == "" ? "" : "/" + Id)}{path}", command, Id);
}
