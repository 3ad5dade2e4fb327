namespace Migrator.Web.Hosting;

/// <summary>The program as a server: starts, runs until it is told to stop, ends in order.</summary>
internal static class Server
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (await CommandLine.TryRunAsync(args) is { } exitCode)
            return exitCode;
        try
        {
            await using var app = MigratorApp.Create(args);
            app.Services.CheckSettings();
            try
            {
                await app.StartAsync();
            }
            catch
            {
                await app.StopAsync(); // what did start is ended in order, not cut off by the disposal
                throw;
            }

            await app.WaitForShutdownAsync();
            return Environment.ExitCode;
        }
        catch (IOException fault) when (fault.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            Console.Error.WriteLine($"migrator: {fault.Message} Another program, perhaps another Migrator, listens there. Change Migrator:Url or stop it.");
            return CommandLine.CannotListen;
        }
    }
}
