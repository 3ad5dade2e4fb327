using Migrator.Core.AtProto.Syntax;

namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// The one operation that a drill's own directory holds and no key was allowed to sign: it hands the identity to a key of the drill, which
/// needs none of its owner's. It is believed for one DID, from one directory on this machine, and nowhere else.
/// </summary>
/// <remarks>
/// Nothing in the settings can make one, and nothing but a drill registers one. A <see cref="PlcClient"/> that is given one refuses to be
/// made for another directory than the one it is for, and that one must be on loopback: so a log that a directory of the world shows is
/// never read with it.
/// </remarks>
public sealed class PlcDrillAnchor
{
    /// <param name="did">Whose log it stands in.</param>
    /// <param name="cid">The operation.</param>
    /// <param name="directory">Scheme, host and port of the drill's directory.</param>
    /// <exception cref="ArgumentException">The directory is not on loopback.</exception>
    public PlcDrillAnchor(Did did, Cid cid, Uri directory)
    {
        if (!directory.IsAbsoluteUri || directory.Scheme != Uri.UriSchemeHttp || !directory.IsLoopback)
            throw new ArgumentException("The directory of a drill is on loopback.", nameof(directory));
        (Did, Cid, Directory) = (did, cid, directory);
    }

    public Did Did { get; }

    public Cid Cid { get; }

    public Uri Directory { get; }
}
