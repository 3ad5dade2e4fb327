using Microsoft.Extensions.Options;

namespace Migrator.Web.Hosting;

/// <summary>Turns wrong settings into a line each and an exit code. The native verify holds this file too.</summary>
internal static class SettingFaults
{
    /// <summary>
    /// Settings are checked before anything that uses them is made. A host would check them too, but only after it has made every service
    /// that runs from the start, and one of those would trip over a wrong setting first.
    /// </summary>
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

    public static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (OptionsValidationException wrong)
        {
            return Say(wrong.Failures);
        }
        catch (AggregateException several) when (several.InnerExceptions.All(fault => fault is OptionsValidationException))
        {
            // Settings of several parts are wrong: each part names all of its own.
            return Say(several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(wrong => wrong.Failures));
        }
    }

    private static int Say(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
            Console.Error.WriteLine($"migrator: {fault}");
        return CommandLine.BadSettings;
    }
}
