namespace Migrator.Core.Migrations.Steps;

/// <summary>Copies the app's preferences, reads them back and compares.</summary>
public sealed class CopyPreferencesStep(PreferencesCopier preferences) : IMigrationStep
{
    public StepName Name => StepName.CopyPreferences;

    public string Title => "Copy preferences";

    public string Explanation => "Copies your app settings: saved feeds, content filters, muted words, thread view.";

    public Reversibility Reversibility => Reversibility.Repeatable;

    public Task<StepOutcome?> ProbeAsync(MigrationContext context, CancellationToken ct) => Task.FromResult<StepOutcome?>(null);

    public async Task<StepOutcome> RunAsync(MigrationContext context, CancellationToken ct)
    {
        // Put and read back whatever was copied before: this step also runs again when the proof found them different.
        context.Progress = context.Progress with { Preferences = null };
        var (trouble, note) = await preferences.CopyAsync(context, ct);
        return trouble ?? new StepOutcome.Done(note);
    }
}
