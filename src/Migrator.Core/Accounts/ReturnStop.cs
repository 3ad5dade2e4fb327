using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Core.Accounts;

/// <summary>Why bringing back does not go on. What was written stays, and is not written twice when it is tried again.</summary>
/// <param name="Message">For a person: what happened, on whose side.</param>
/// <param name="RetryAt">When the server is to be asked again, where it said so.</param>
/// <param name="MayPass">Waiting may help; else somebody has to do something.</param>
public sealed record ReturnStop(string Message, DateTimeOffset? RetryAt, bool MayPass)
{
    internal static ReturnStop From(XrpcError error, string doing) => new(
        error.Failure switch
        {
            XrpcFailure.Throttled => $"{error.Service.Authority} asks for a pause: {error.Message}",
            XrpcFailure.SessionLost => $"{error.Service.Authority} ended the sign-in. Sign in again; what is back stays.",
            _ => $"{error.Service.Authority} {doing}: {error.Message}",
        },
        error.RetryAt, error.Failure == XrpcFailure.Throttled || error.IsTransient);
}

/// <summary>What is being done at the moment.</summary>
/// <param name="Doing">For a person.</param>
/// <param name="Total">0: not known.</param>
public sealed record ReturnProgress(string Doing, long Done = 0, long Total = 0);
