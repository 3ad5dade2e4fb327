using System.Diagnostics;
using System.Globalization;

namespace Migrator.EndToEnd.Tests.Backups;

/// <summary>
/// A file system of a few megabytes that only the program sees: it is mounted in a name space of the program's own, which needs no rights
/// beyond those that an ordinary user has. The test looks into it by way of <c>/proc</c>.
/// </summary>
internal static class SmallDisk
{
    /// <summary>A command that mounts it and then becomes the program.</summary>
    /// <param name="folder">An empty folder.</param>
    public static IReadOnlyList<string> Launcher(string folder, int megabytes)
    {
        var size = megabytes.ToString(CultureInfo.InvariantCulture);
        return ["unshare", "-rm", "sh", "-c", $"mount -t tmpfs -o size={size}m,mode=700 tmpfs \"$0\" && exec \"$@\"", folder];
    }

    /// <summary>Why no such disk can be made here; null: it can.</summary>
    public static async Task<string?> FindObstacleAsync(CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("migrator-disk-").FullName;
        try
        {
            var launcher = Launcher(folder, 1);
            using var tried = Process.Start(new ProcessStartInfo(launcher[0],
                [.. launcher.Skip(1), "true"])
            { RedirectStandardError = true })!;
            var complaint = await tried.StandardError.ReadToEndAsync(ct);
            await tried.WaitForExitAsync(ct);
            return tried.ExitCode == 0 ? null : "This system lets nobody mount a small disk in a name space of its own: "
                + $"{complaint.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return $"There is no unshare: {missing.Message}";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A path as the process has it, for everybody else.</summary>
    public static string Seen(int pid, string path) => $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/root{path}";

    /// <summary>Takes all room but so many bytes.</summary>
    /// <returns>The file that has it; delete it to make room again.</returns>
    public static string Fill(string folder, long leave)
    {
        var path = Path.Combine(folder, "ballast");
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var piece = new byte[4096];
        try
        {
            while (true)
                file.Write(piece);
        }
        catch (IOException)
        {
            // It is full.
        }

        file.SetLength(Math.Max(0, file.Length - leave));
        return path;
    }
}
