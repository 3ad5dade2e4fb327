using System.Diagnostics;
using System.Text.Json;
using Migrator.Testing.Network;

namespace Migrator.Benchmarks;

/// <summary>One move, worked through the program's API as a person would work it through the pages.</summary>
internal sealed class Move(MigratorProgram migrator, RealNetwork network, FilledAccount account, PdsProcess from, PdsProcess to)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private string _path = "";
    private DateTimeOffset _started;

    /// <summary>Answers all questions, so that only the start is missing.</summary>
    public async Task DraftAsync()
    {
        var created = await migrator.PostAsync("migrations", new { account = account.Handle });
        _path = $"migrations/{created.GetProperty("id").GetString()}";
        await migrator.PutAsync($"{_path}/target", new { pds = to.Url });
        await migrator.PutAsync($"{_path}/source-session", new { password = account.Password });
        var handle = network.NewHandle(to, "moved");
        await migrator.PutAsync($"{_path}/account", new { handle, email = $"{handle}@mail.test", password = "a new and long password" });
        var kit = await migrator.PostAsync($"{_path}/recovery-key/made");
        await migrator.PostAsync($"{_path}/recovery-key/proof", new { privateKey = kit.GetProperty("privateKeyHex").GetString() });
    }

    /// <summary>From the start to "ready to move": everything copied and proven.</summary>
    /// <returns>Seconds to the end of the copy, and to the end of the proof.</returns>
    public async Task<(double Copied, double Proven)> CopyAsync()
    {
        _started = TimeProvider.System.GetUtcNow();
        await migrator.PostAsync($"{_path}/start");
        var view = await UntilAsync(view => Cause(view) == "go");
        return (SecondsTo(view, "copyPreferences"), SecondsTo(view, "verifyParity"));
    }

    /// <summary>Gives the go and the mailed code.</summary>
    /// <returns>Seconds from "the old account is switched off" to "the new account is on", as the program noted them.</returns>
    public async Task<double> CutAsync()
    {
        await migrator.PostAsync($"{_path}/go", new { typedHandle = account.Handle, signWith = "code" });
        await UntilAsync(view => Cause(view) == "plcCode");
        var code = await network.ReadCodeAsync(from, account.Did, CancellationToken.None);
        await migrator.PostAsync($"{_path}/code", new { code });
        var view = await UntilAsync(view => view.GetProperty("state").GetString() == "completed");
        var times = view.GetProperty("times");
        return (times.GetProperty("activatedAt").GetDateTimeOffset() - times.GetProperty("sourceDeactivatedAt").GetDateTimeOffset()).TotalSeconds;
    }

    /// <summary>How long each step ended after the start, in seconds.</summary>
    public async Task<string> StoryAsync()
    {
        var view = await migrator.GetAsync(_path);
        var done = view.GetProperty("steps").EnumerateArray().Where(IsDone).Select(step => step.GetProperty("name").GetString()!);
        return string.Join(", ", done.Select(name => $"{name} {SecondsTo(view, name):0.0}"));
    }

    private double SecondsTo(JsonElement view, string step) =>
        (view.GetProperty("steps").EnumerateArray().Single(item => item.GetProperty("name").GetString() == step && IsDone(item))
            .GetProperty("finishedAt").GetDateTimeOffset() - _started).TotalSeconds;

    private static bool IsDone(JsonElement step) => step.GetProperty("finishedAt").ValueKind == JsonValueKind.String;

    private static string? Cause(JsonElement view) =>
        view.GetProperty("hold") is { ValueKind: JsonValueKind.Object } hold ? hold.GetProperty("cause").GetString() : null;

    private async Task<JsonElement> UntilAsync(Func<JsonElement, bool> wanted)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var view = await migrator.GetAsync(_path);
            if (wanted(view))
                return view;
            if (Cause(view) is not null and not "go" and not "plcCode" || watch.Elapsed > Patience)
                throw new InvalidOperationException($"The move stands still: {view.GetProperty("hold")}");
            await Task.Delay(500); // as often as a page would look; the times are the program's own
        }
    }
}
