namespace Migrator.Core.AtProto.Xrpc;

/// <summary>Error names of the protocol that callers tell apart. Match on these, never on a status or a message.</summary>
public static class XrpcErrorNames
{
    public const string AlreadyExists = "AlreadyExists";
    public const string AccountDeactivated = "AccountDeactivated";
    public const string AccountTakedown = "AccountTakedown";
    public const string AuthenticationRequired = "AuthenticationRequired";
    public const string AuthFactorTokenRequired = "AuthFactorTokenRequired";
    public const string ExpiredToken = "ExpiredToken";
    public const string InvalidMimeType = "InvalidMimeType";
    public const string InvalidToken = "InvalidToken";
    public const string PayloadTooLarge = "PayloadTooLarge";
    public const string RepoDeactivated = "RepoDeactivated";
    public const string RepoNotFound = "RepoNotFound";
    public const string RepoTakendown = "RepoTakendown";
}
