using Microsoft.Extensions.Options;

namespace Migrator.Web.Hosting;

/// <summary>
/// Settings are checked before anything that uses them is made. The host would check them too, but only after it has made every service
/// that runs from the start, and one of those would trip over a wrong setting first.
/// </summary>
internal static class SettingsCheck
{
    /// <exception cref="OptionsValidationException">Some are wrong: what is wrong, each with its key.</exception>
    /// <exception cref="AggregateException">The same, for several parts at once.</exception>
    public static void CheckSettings(this IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
        }
        catch (InvalidOperationException unreadable)
        {
            // A number or a time that cannot be read as one; the binder says which, and stops at the first.
            throw new OptionsValidationException("Migrator", typeof(IConfiguration), [unreadable.Message]);
        }
    }
}
