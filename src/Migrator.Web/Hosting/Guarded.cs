using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;

namespace Migrator.Web.Hosting;

/// <summary>Turns what stops the program into words and an exit code.</summary>
internal static class Guarded
{
    public static async Task<int> RunAsync(Func<Task<int>> run)
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
        catch (StartRefusedException refused)
        {
            Console.Error.WriteLine($"migrator: {refused.Message}");
            return CommandLine.CannotReachStorage;
        }
    }

    private static int Say(IEnumerable<string> faults)
    {
        foreach (var fault in faults)
            Console.Error.WriteLine($"migrator: {fault}");
        return CommandLine.BadSettings;
    }
}
