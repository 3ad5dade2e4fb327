namespace Migrator.Web.Hosting;

// Exit codes and settings. The native verify holds this file too, so it names nothing of databases and pages.
public static partial class CommandLine
{
    /// <summary>Of <c>verify</c> and <c>verify-report</c>: looked at, and not as it must be.</summary>
    public const int NotWhole = 1;
    public const int BadSettings = 2;
    public const int CannotListen = 3;
    public const int CannotReachStorage = 4;

    /// <summary>Of <c>verify</c>: someone who had to be asked did not answer.</summary>
    public const int Undecided = 5;

    /// <summary>Of <c>verify</c>: no such handle or DID.</summary>
    public const int NoSuchAccount = 6;

    /// <summary>Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;

    internal static IConfiguration ReadConfiguration(string[] args) => new ConfigurationBuilder()
        .SetBasePath(AppContext.BaseDirectory)
        .AddJsonFile("appsettings.json", optional: true)
        .AddEnvironmentVariables()
        .AddCommandLine([.. args.Where(arg => arg.StartsWith("--", StringComparison.Ordinal))])
        .Build();
}
