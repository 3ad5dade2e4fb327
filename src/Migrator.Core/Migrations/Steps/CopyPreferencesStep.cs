using System.Text.Json;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Parity;

namespace Migrator.Core.Migrations.Steps;

/// <summary>Copies the app's preferences, which are not part of the repo, reads them back and compares.</summary>
public sealed class CopyPreferencesStep(Replicator replicator) : IMigrationStep
{
    /// <summary>Computed by the server and dropped when it is put (protocol: putPreferences).</summary>
    private const string ComputedType = "app.bsky.actor.defs#declaredAgePref";

    public StepName Name => StepName.CopyPreferences;

    public string Title => "Copy preferences";

    public string Explanation => "Copies your app settings: saved feeds, content filters, muted words, thread view.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        var source = await replicator.SourceAsync(context, ct);
        var target = context.Tools.Target(context);
        var read = await source.ReadPreferencesAsync(ct);
        if (!read.IsOk)
        {
            return IsUnsupported(read.Error)
                ? Skip(context, $"{source.Name} keeps no app preferences.")
                : read.Error.ToOutcome(Side.Source, context.Now);
        }

        var wanted = WithoutComputed(read.Value);
        var put = await target.PutPreferencesAsync(wanted, ct);
        if (!put.IsOk)
        {
            return IsUnsupported(put.Error)
                ? Skip(context, $"{target.Pds.Authority} keeps no app preferences: set them again in your app after the move.")
                : put.Error.ToOutcome(Side.Target, context.Now);
        }

        var back = await target.GetPreferencesAsync(ct);
        if (!back.IsOk)
            return back.Error.ToOutcome(Side.Target, context.Now);
        var hash = CanonicalJson.Hash(wanted);
        if (hash != CanonicalJson.Hash(WithoutComputed(back.Value)))
            return new StepOutcome.Retry($"The new server ({target.Pds.Authority}) gave other preferences back than were put.");
        context.Progress = context.Progress with { Preferences = new PreferencesCopy(wanted.GetArrayLength(), hash, Supported: true) };
        return new StepOutcome.Done($"{wanted.GetArrayLength()} groups of settings are on the new server.");
    }

    private static StepOutcome.Done Skip(MigrationContext context, string why)
    {
        context.Progress = context.Progress with { Preferences = new PreferencesCopy(0, "", Supported: false) };
        return new StepOutcome.Done(why);
    }

    private static bool IsUnsupported(XrpcError error) =>
        error.Failure == XrpcFailure.Refused
            && (error.Status is 404 or 501 || error.Message.Contains("No service configured", StringComparison.Ordinal));

    private static JsonElement WithoutComputed(JsonElement preferences) => JsonSerializer.SerializeToElement(
        preferences.EnumerateArray().Where(item => !(item.TryGetProperty("$type", out var type) && type.GetString() == ComputedType))
            .ToArray());
}
