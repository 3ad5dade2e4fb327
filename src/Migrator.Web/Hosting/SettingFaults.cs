using Microsoft.Extensions.Options;

namespace Migrator.Web.Hosting;

/// <summary>Turns wrong settings into a line each and an exit code. The native verify holds this file too.</summary>
internal static class SettingFaults
{
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
        catch (InvalidOperationException wrong) when (IsNotOfItsKind(wrong))
        {
            return Say([wrong.Message]);
        }
    }

    /// <summary>Text where a number must stand, and the like: the binder says which value, at which setting, but has no exception of its own for it.</summary>
    private static bool IsNotOfItsKind(InvalidOperationException wrong) =>
        wrong.InnerException is FormatException or OverflowException or ArgumentException && wrong.Message.Contains("'Migrator:", StringComparison.Ordinal);

    private static int Say(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
            Console.Error.WriteLine($"migrator: {fault}");
        return CommandLine.BadSettings;
    }
}
