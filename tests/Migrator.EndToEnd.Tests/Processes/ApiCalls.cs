using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Migrator.Core.Migrations;
using Migrator.Jobs.Migrations;

namespace Migrator.EndToEnd.Tests.Processes;

/// <summary>
/// Calls to the HTTP API of a program that may be killed at any moment: a call that got no answer is made again, as a person would
/// press the button again.
/// </summary>
internal sealed class ApiCalls(MigratorProcess program, CancellationToken ct)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public async Task<MigrationView> UntilAsync(string id, Func<MigrationView, bool> wanted, string what)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var view = await CallAsync<MigrationView>(HttpMethod.Get, $"/migrations/{id}", null, id);
            if (wanted(view))
                return view;
            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"Not within {Patience.TotalMinutes} minutes: {what}.\n{Story(view)}\n{program.Output}");
            await Task.Delay(100, ct);
        }
    }

    public static string Story(MigrationView view) =>
        $"{view.State}, hold {view.Hold?.Cause}: {view.Hold?.Message}\n" + string.Join('\n', view.Events.Select(line => $"{line.Step}: {line.Text}"));

    /// <param name="path">Below <c>/api/v1</c>.</param>
    /// <param name="id">The migration, for a call that finds its own effect there already.</param>
    public async Task<T> CallAsync<T>(HttpMethod method, string path, object? command, string id)
        where T : class
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var body = command is null ? null : JsonContent.Create(command, command.GetType(), options: JsonSerializerOptions.Web);
                using var answer = await program.CallAsync(method, "/api/v1" + path, body, ct);
                if (answer.IsSuccessStatusCode)
                    return MigrationJson.Read<T>(await answer.Content.ReadAsStringAsync(ct));
                // Conflict: an earlier try of this very call had its effect before its answer was lost.
                if (answer.StatusCode == HttpStatusCode.Conflict && typeof(T) == typeof(MigrationView))
                    return await CallAsync<T>(HttpMethod.Get, $"/migrations/{id}", null, id);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                    throw new InvalidOperationException(
                        $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}\n{program.Output}");
            }
            catch (Exception lost) when (lost is HttpRequestException or IOException or System.Net.Sockets.SocketException)
            {
                // Killed; the supervisor is starting it again.
            }

            if (TimeProvider.System.GetElapsedTime(begun) > Patience)
                throw new TimeoutException($"{method} {path} got no answer.\n{program.Output}");
            await Task.Delay(100, ct);
        }
    }
}
