using System.Runtime.InteropServices;

namespace Migrator.Core.Vaults;

/// <summary>The three calls of the C library that .NET has no word for. Each returns 0 or the error number.</summary>
internal static partial class Libc
{
    public const int Exists = 17; // EEXIST

    private const int ReadOnly = 0;
    private const int CloseOnExec = 0x80000;

    /// <summary>Gives a file a second name, and fails when that name is taken: publishing without overwriting, in one step.</summary>
    public static int Link(string from, string to) => CLink(from, to) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Makes the names in a folder durable. A file's own sync says nothing of its name.</summary>
    public static int SyncFolder(string path)
    {
        var handle = COpen(path, ReadOnly | CloseOnExec);
        if (handle < 0) return Marshal.GetLastPInvokeError();
        var error = CSync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = CClose(handle); // opened for reading: closing has nothing left to fail on
        return error;
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CLink(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int COpen(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int CSync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CClose(int handle);
}
