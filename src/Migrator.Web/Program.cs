using Microsoft.Extensions.Options;
using Migrator.Jobs.Storage;
using Migrator.Web.Hosting;

// migrator            run the program
// migrator link       print a new one-time link for the program that is running
// migrator token      make a new API token
// migrator --help     settings and commands
try
{
    if (await CommandLine.TryRunAsync(args) is { } exitCode)
        return exitCode;
    await using var app = MigratorApp.Create(args);
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
catch (OptionsValidationException wrong)
{
    foreach (var fault in wrong.Failures)
        Console.Error.WriteLine($"migrator: {fault}");
    return CommandLine.BadSettings;
}
catch (AggregateException several) when (several.InnerExceptions.All(fault => fault is OptionsValidationException))
{
    // Settings of several parts are wrong: each part names all of its own.
    foreach (var fault in several.InnerExceptions.Cast<OptionsValidationException>().SelectMany(wrong => wrong.Failures))
        Console.Error.WriteLine($"migrator: {fault}");
    return CommandLine.BadSettings;
}
catch (IOException fault) when (fault.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    Console.Error.WriteLine($"migrator: {fault.Message} Another program, perhaps another Migrator, listens there. Change Migrator:Url or stop it.");
    return CommandLine.CannotListen;
}
catch (StartRefusedException refused)
{
    Console.Error.WriteLine($"migrator: {refused.Message}");
    return CommandLine.CannotReachStorage;
}
