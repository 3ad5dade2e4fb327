using Migrator.Core.AtProto.Xrpc;

namespace Migrator.Jobs.Migrations;

/// <summary>Why a server did not let somebody sign in, in words for that person, at the field that it concerns.</summary>
internal static class SignInTrouble
{
    public static ServiceResult<T> Explain<T>(XrpcError error, Uri pds, bool hasCode, string passwordField, string codeField)
        where T : class
    {
        if (error.Is("AuthFactorTokenRequired"))
            return ServiceResult<T>.Invalid(
                codeField, $"{pds.Authority} mailed you a sign-in code. Enter it here, with your password once more.");
        return error.Failure switch
        {
            XrpcFailure.Throttled => ServiceResult<T>.Unavailable(
                passwordField,
                $"{pds.Authority} asks to wait{(error.RetryAt is { } at ? $" until {at:HH:mm} UTC" : "")}: too many sign-ins."),
            XrpcFailure.Refused when error.Is("AccountTakedown") => ServiceResult<T>.Invalid(
                passwordField, $"{pds.Authority} has taken this account down and lets nobody sign in: {error.Message}"),
            XrpcFailure.Refused when hasCode =>
                ServiceResult<T>.Invalid(codeField, $"{pds.Authority} did not accept this: {error.Message}"),
            XrpcFailure.Refused => ServiceResult<T>.Invalid(passwordField, $"{pds.Authority} did not accept this password."),
            _ => ServiceResult<T>.Unavailable(passwordField, $"{pds.Authority} could not be asked: {error.Message}"),
        };
    }
}
