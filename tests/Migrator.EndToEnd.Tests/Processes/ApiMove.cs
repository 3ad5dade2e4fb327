using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;
using Migrator.Testing.Network;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>
/// A move made through the HTTP API of a program that may be killed at any moment: a call that got no answer is made again, as a
/// person would press the button again.
/// </summary>
internal sealed class ApiMove(
    MigratorProcess program, RealNetwork network, FilledAccount account, PdsProcess from, PdsProcess to, CancellationToken ct)
{
    public const string NewPassword = "a new and long password";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

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

    public async Task<MigrationView> UntilAsync(Func<MigrationView, bool> wanted, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await CallAsync<MigrationView>(HttpMethod.Get, "", null);
            if (wanted(view))
                return view;
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"Not within {Patience.TotalMinutes} minutes: {what}.\n{Story(view)}\n{program.Output}");
            await Task.Delay(100, ct);
        }
    }

    public static string Story(MigrationView view) =>
        $"{view.State}, hold {view.Hold?.Cause}: {view.Hold?.Message}\n" + string.Join('\n', view.Events.Select(line => $"{line.Step}: {line.Text}"));

    private static bool NeedsCode(MigrationView view) => view.Hold?.Cause == HoldCause.PlcCode;

    private async Task<T> CallAsync<T>(HttpMethod method, string path, object? command)
        where T : class
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var body = command is null ? null : JsonContent.Create(command, command.GetType(), options: JsonSerializerOptions.Web);
                using var answer = await program.CallAsync(method, $"/api/v1/migrations{(Id == "" ? "" : "/" + Id)}{path}", body, ct);
                if (answer.IsSuccessStatusCode)
                    return MigrationJson.Read<T>(await answer.Content.ReadAsStringAsync(ct));
                // Conflict: an earlier try of this very call had its effect before its answer was lost.
                if (answer.StatusCode == HttpStatusCode.Conflict && typeof(T) == typeof(MigrationView))
                    return await CallAsync<T>(HttpMethod.Get, "", null);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                    throw new InvalidOperationException(
                        $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}\n{program.Output}");
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException)
            {
                // Killed; the supervisor is starting it again.
            }

            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"{method} {path} got no answer.\n{program.Output}");
            await Task.Delay(100, ct);
        }
    }
}
