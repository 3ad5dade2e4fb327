using System.Runtime.InteropServices;

namespace Migrator.Core.Vaults;

/// <summary>Names what a file system says no with.</summary>
internal static class FileFaults
{
    private const int NoPermission = 1;  // EPERM
    private const int NoAccess = 13;     // EACCES
    private const int TooLarge = 27;     // EFBIG
    private const int NoSpace = 28;      // ENOSPC
    private const int ReadOnly = 30;     // EROFS
    private const int OverQuota = 122;   // EDQUOT

    public static bool IsOne(Exception fault) => fault is (IOException or UnauthorizedAccessException) and not VaultException;

    public static VaultException Name(Exception fault, string folder) => fault switch
    {
        VaultException known => known,
        UnauthorizedAccessException => Refused(folder, fault),
        // .NET leaves the error number of Linux in HResult.
        IOException => Name(fault.HResult, folder, fault),
        _ => new VaultException(VaultFault.Unreachable, $"{folder} could not be used: {fault.Message}", fault),
    };

    /// <param name="error">An error number of Linux.</param>
    /// <param name="folder">The vault's folder.</param>
    /// <param name="inner">What .NET made of it, if it did.</param>
    public static VaultException Name(int error, string folder, Exception? inner = null) => error switch
    {
        NoSpace or OverQuota or TooLarge => new VaultException(VaultFault.Full,
            $"There is no room left in {folder}. What was stored before is untouched. Make room, or choose another vault.", inner),
        ReadOnly => new VaultException(VaultFault.Refused,
            $"{folder} is on a file system that can only be read. A disk with faults is often set so by the system.", inner),
        NoAccess or NoPermission => Refused(folder, inner),
        _ => new VaultException(VaultFault.Unreachable,
            $"{folder} could not be used: {inner?.Message ?? Marshal.GetPInvokeErrorMessage(error)}", inner),
    };

    private static VaultException Refused(string folder, Exception? inner) => new(VaultFault.Refused,
        $"The system does not let Migrator use {folder}. Give the user that Migrator runs as the right to read and write there.", inner);
}
