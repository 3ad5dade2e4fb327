using System.Runtime.InteropServices;

namespace Migrator.Web.Features.Doctor;

/// <summary>
/// <c>migrator verify</c> by way of <c>migrator-verify</c>, the same command compiled natively (decision 0006), where that lies beside the
/// program. It takes this process's place, so the terminal, signals and the exit code are its own.
/// </summary>
internal static class NativeVerify
{
    private const string Name = "migrator-verify";

    public static Task<int> RunAsync(string[] args)
    {
        TakeOver(Path.Combine(AppContext.BaseDirectory, Name), args);
        return VerifyCommand.RunAsync(args);
    }

    /// <summary>Comes back only where there is none, or where it cannot be started.</summary>
    private static void TakeOver(string path, string[] args)
    {
        // What is not compiled natively has its code in a file of its own, and would be no faster.
        if (!File.Exists(path) || File.Exists(path + ".dll")) return;
        _ = Replace(path, [path, .. args, null]);
        Console.Error.WriteLine($"{path} cannot be started ({Marshal.GetLastPInvokeErrorMessage()}); checking without it, which takes longer.");
    }

    /// <param name="args">With the program's name in front and a null behind, as C wants it.</param>
    /// <returns>-1, if at all.</returns>
    [DllImport("libc", EntryPoint = "execv", SetLastError = true, CharSet = CharSet.Ansi)]
    private static extern int Replace(string path, string?[] args);
}
