namespace Migrator.Core.AtProto.Net;

/// <summary>What can be called: to be asked about every address that a stranger names.</summary>
public static class HostNames
{
    /// <summary>
    /// Has this address a host that can be written in ASCII, as every call needs it? <see cref="Uri"/> finds out only when
    /// <see cref="Uri.IdnHost"/> is asked for, and then throws: a name such as <c>xn--é.com</c> is taken before that.
    /// </summary>
    public static bool IsUsable(Uri url)
    {
        try
        {
            return url.IdnHost.Length > 0;
        }
        catch (UriFormatException)
        {
            return false;
        }
    }
}
