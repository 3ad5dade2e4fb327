using System.Text.Json;
using Migrator.Core.AtProto.Xrpc;
using Migrator.Core.Parity;

namespace Migrator.Core.Migrations;

/// <summary>
/// Copies the app's preferences, which are not part of the repo, and reads them back. They can be changed at any time, so the standby
/// and the last catch-up look again; nothing is sent while they are the same.
/// </summary>
public sealed class PreferencesCopier(Replicator replicator)
{
    /// <summary>Computed by the server and dropped when it is put (protocol: putPreferences).</summary>
    private const string ComputedType = "app.bsky.actor.defs#declaredAgePref";

    /// <returns>
    /// No trouble when they are on the target or cannot be there, which <see cref="MigrationProgress.Preferences"/> then says; and a note for
    /// the person if anything was done.
    /// </returns>
    public async Task<(StepOutcome? Trouble, string? Note)> CopyAsync(MigrationContext context, CancellationToken ct)
    {
        var source = await replicator.SourceAsync(context, ct);
        var target = context.Tools.Target(context);
        var read = await source.ReadPreferencesAsync(ct);
        if (!read.IsOk)
        {
            return IsUnsupported(read.Error)
                ? (null, Skip(context, $"{source.Name} keeps no app preferences."))
                : (read.Error.ToOutcome(Side.Source, context.Now), null);
        }

        var wanted = WithoutComputed(read.Value);
        var hash = CanonicalJson.Hash(wanted);
        if (context.Progress.Preferences is { Supported: true } copied && copied.CanonicalSha256 == hash)
            return (null, null);
        var put = await target.PutPreferencesAsync(wanted, ct);
        if (!put.IsOk)
        {
            return IsUnsupported(put.Error)
                ? (null, Skip(context, $"{target.Pds.Authority} keeps no app preferences: set them again in your app after the move."))
                : (put.Error.ToOutcome(Side.Target, context.Now), null);
        }

        var (there, trouble) = await ReadBackAsync(context, ct);
        if (there is null)
            return (trouble, null);
        if (hash != there)
            return (new StepOutcome.Retry($"The new server ({target.Pds.Authority}) gave other preferences back than were put."), null);
        context.Progress = context.Progress with { Preferences = new PreferencesCopy(wanted.GetArrayLength(), hash, Supported: true) };
        return (null, $"{wanted.GetArrayLength()} groups of settings are on the new server.");
    }

    /// <summary>What the target holds now, as a hash of its canonical form.</summary>
    public static async Task<(string? Sha256, StepOutcome? Trouble)> ReadBackAsync(MigrationContext context, CancellationToken ct)
    {
        var back = await context.Tools.Target(context).GetPreferencesAsync(ct);
        return back.IsOk ? (CanonicalJson.Hash(WithoutComputed(back.Value)), null) : (null, back.Error.ToOutcome(Side.Target, context.Now));
    }

    /// <summary>What was copied before stays the truth: a server that refuses later takes nothing away.</summary>
    private static string Skip(MigrationContext context, string why)
    {
        context.Progress = context.Progress with { Preferences = context.Progress.Preferences ?? new PreferencesCopy(0, "", Supported: false) };
        return why;
    }

    private static bool IsUnsupported(XrpcError error) =>
        error.Failure == XrpcFailure.Refused && (error.Status is 404 or 501 || error.Message.Contains("No service configured", StringComparison.Ordinal));

    private static JsonElement WithoutComputed(JsonElement preferences) => JsonSerializer.SerializeToElement(
        preferences.EnumerateArray().Where(item => !(item.TryGetProperty("$type", out var type) && type.GetString() == ComputedType)).ToArray());
}
