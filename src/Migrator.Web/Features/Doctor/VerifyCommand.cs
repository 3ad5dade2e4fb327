using Migrator.Core.AtProto;
using Migrator.Core.Doctor;
using Migrator.Web.Hosting;

namespace Migrator.Web.Features.Doctor;

/// <summary>
/// <c>migrator verify</c>: a check without the program around it. No web server, no database, no data folder; and for a file whose key is
/// given not even the HTTP client, because most of a short run is loading code.
/// </summary>
internal static class VerifyCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (!VerifyArguments.TryRead(args, out var arguments, out var fault))
        {
            Console.Error.WriteLine($"migrator verify: {fault} See migrator --help.");
            return CommandLine.BadSettings;
        }

        if (arguments.IsFile && !File.Exists(arguments.Subject))
        {
            Console.Error.WriteLine($"migrator verify: there is no file {arguments.Subject}.");
            return CommandLine.BadSettings;
        }

        using var cancel = new CancellationTokenSource();
        ConsoleCancelEventHandler stop = (_, pressed) =>
        {
            pressed.Cancel = true;
            cancel.Cancel();
        };
        Console.CancelKeyPress += stop;
        try
        {
            var report = arguments.NeedsNoOne
                ? await new CarDoctor(null, TimeProvider.System).CheckAsync(arguments.Subject, arguments.Subject, OptionsFor(arguments, ""), null, cancel.Token)
                : await AskAsync(args, arguments, cancel.Token);
            await PrintAsync(report, arguments.Json);
            return ExitCode(report.Verdict);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return CommandLine.Interrupted;
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"migrator verify: {broken.Message}");
            return CommandLine.BadSettings;
        }
        finally
        {
            Console.CancelKeyPress -= stop;
        }
    }

    public static int ExitCode(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Whole => 0,
        CheckVerdict.NotWhole => CommandLine.NotWhole,
        CheckVerdict.NotFound => CommandLine.NoSuchAccount,
        _ => CommandLine.Undecided,
    };

    private static async Task<CheckReport> AskAsync(string[] args, VerifyArguments arguments, CancellationToken cancel)
    {
        var configuration = CommandLine.ReadConfiguration([.. args.Where(arg => arg.StartsWith("--Migrator:", StringComparison.OrdinalIgnoreCase))]);
        await using var services = new ServiceCollection().AddLogging().AddAtProto(configuration).AddDoctor().BuildServiceProvider();
        services.CheckSettings();
        var folder = Directory.CreateTempSubdirectory("migrator-verify-");
        try
        {
            var options = OptionsFor(arguments, folder.FullName);
            var progress = arguments.Json || Console.IsErrorRedirected ? null : new ConsoleProgress();
            var report = arguments.IsFile
                ? await services.GetRequiredService<CarDoctor>().CheckAsync(arguments.Subject, arguments.Subject, options, progress, cancel)
                : await services.GetRequiredService<AccountDoctor>().CheckAsync(arguments.Subject, options, progress, cancel);
            progress?.Clear();
            return report;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static CheckOptions OptionsFor(VerifyArguments arguments, string folder) => new()
    {
        WorkFolder = folder, ReadBlobs = arguments.Blobs, Offline = arguments.Offline, Key = arguments.Key, OtherHost = arguments.OtherHost,
    };

    private static async Task PrintAsync(CheckReport report, bool json)
    {
        if (!json)
        {
            await Console.Out.WriteAsync(CheckText.Write(report));
            return;
        }

        await using var output = Console.OpenStandardOutput();
        await output.WriteAsync(CheckJson.Write(report));
        await output.WriteAsync("\n"u8.ToArray());
    }
}
