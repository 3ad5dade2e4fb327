namespace Migrator.Core.AtProto.Plc;

/// <summary>
/// Names for what the directory refuses, in <see cref="Xrpc.XrpcError.Name"/>. The directory itself only writes sentences; these are made
/// from them in one place.
/// </summary>
public static class PlcErrorNames
{
    /// <summary>The DID was never registered, or its identity was ended.</summary>
    public const string DidNotFound = "DidNotFound";

    /// <summary>
    /// The operation follows one that is not the head any more: somebody else's came first. It dies; look at the log before making another.
    /// </summary>
    public const string Conflict = "Conflict";

    /// <summary>
    /// No key that may sign did so. Also the answer to an operation that was already accepted and is sent again.
    /// </summary>
    public const string InvalidSignature = "InvalidSignature";

    /// <summary>It would overrule something that is older than 72 hours.</summary>
    public const string RecoveryTooLate = "RecoveryTooLate";

    /// <summary>The log that came breaks the rules of did:plc: the directory, or something between, is lying or broken.</summary>
    public const string BadLog = "BadLog";
}
