using Migrator.Jobs.Storage;

namespace Migrator.Web.Hosting;

/// <summary>Turns what stops the program into words and an exit code.</summary>
internal static class Guarded
{
    public static async Task<int> RunAsync(Func<Task<int>> run)
    {
        try
        {
            return await SettingFaults.GuardAsync(run);
        }
        catch (StartRefusedException refused)
        {
            Console.Error.WriteLine($"migrator: {refused.Message}");
            return CommandLine.CannotReachStorage;
        }
    }
}
