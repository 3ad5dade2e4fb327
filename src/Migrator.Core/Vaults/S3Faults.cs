using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Migrator.Core.AtProto.Net;

namespace Migrator.Core.Vaults;

/// <summary>
/// Names what a store or the network says no with. Of a store's words only the error code is taken, and cleaned: the rest of an error
/// answer may repeat what was sent, such as the name of the access key. For the same reason it is no inner exception.
/// </summary>
internal static class S3Faults
{
    private const int MaxCodeLength = 64;

    public static bool IsOne(Exception fault) =>
        fault is AmazonServiceException or AmazonClientException or HttpRequestException or (IOException and not VaultException)
            or SocketException;

    public static S3Fault Judge(Exception fault, string vault, DateTimeOffset now)
    {
        if (Find<BlockedAddressException>(fault) is { } blocked)
            return new S3Fault(new VaultException(VaultFault.Refused, blocked.Message, blocked), "blocked");
        // An answer without a status is no answer: the library wraps broken connections in the same type.
        if (Find<AmazonServiceException>(fault) is { } answer && (int)answer.StatusCode >= 300) return Judge(answer, vault, now);
        if (Find<AmazonUnmarshallingException>(fault) is not null || fault is AmazonClientException && !IsNetwork(fault))
        {
            return new S3Fault(new VaultException(VaultFault.Unreachable,
                $"{vault} gave an answer that is not one of S3. Check the endpoint."), "not S3")
            { MayHelpToTryAgain = true };
        }
        return new S3Fault(new VaultException(VaultFault.Unreachable,
            $"{vault} could not be reached: {NetworkWords(fault)}. What was stored before is untouched. Migrator tries again later.",
            NetworkCause(fault)), "network")
        { MayHelpToTryAgain = true, OutcomeUnknown = true };
    }

    private static S3Fault Judge(AmazonServiceException answer, string vault, DateTimeOffset now)
    {
        var code = Clean(answer.ErrorCode);
        var status = (int)answer.StatusCode;
        var known = code.Length > 0 ? code : "HTTP " + status.ToString(CultureInfo.InvariantCulture);
        S3Fault Say(VaultFault fault, string words, bool again = false) =>
            new(new VaultException(fault, $"{vault} {words}"), known) { MayHelpToTryAgain = again, OutcomeUnknown = again };

        switch (code, status)
        {
            case ("NoSuchBucket", _):
                return Say(VaultFault.Unreachable, "has no such bucket. Make it, or check the settings.");
            case ("NoSuchKey", _) or ("NotFound" or "", 404):
                return Say(VaultFault.NotFound, "has no such object.");
            case ("NoSuchUpload", _):
                return Say(VaultFault.NotFound, "does not know the upload any more.");
            case ("PreconditionFailed", _) or (_, 412):
                return Say(VaultFault.AlreadyThere, "has an object of that name already; it was left as it is.");
            case ("ConditionalRequestConflict" or "OperationAborted", _):
                return Say(VaultFault.AlreadyThere, "is taking in an object of that name from elsewhere.", again: true);
            case ("QuotaExceeded" or "InsufficientStorage" or "XMinioStorageFull" or "ServiceQuotaExceeded", _) or (_, 507):
                return Say(VaultFault.Full, $"has no room left ({known}). What was stored before is untouched.");
            case ("SlowDown" or "ServiceUnavailable" or "TooManyRequests" or "RequestLimitExceeded" or "Throttling"
                or "ThrottlingException" or "Busy", _) or (_, 503 or 429):
                return Throttled(answer, vault, known, now);
            case ("BadDigest" or "XAmzContentSHA256Mismatch" or "InvalidDigest", _):
                return Say(VaultFault.Corrupted, $"received other bytes than were sent ({known}).", again: true);
            case ("RequestTimeTooSkewed", _):
                return Say(VaultFault.Refused, "says that the clock of this machine is wrong. Set it right.");
            case ("InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken", _) or (_, 401):
                return Say(VaultFault.Refused, $"does not accept the credentials ({known}). Enter them again.");
            case ("PermanentRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException", _)
                or (_, >= 300 and < 400):
                return Say(VaultFault.Refused, $"wants to be called elsewhere ({known}). Check endpoint and region.");
            case ("NotImplemented", _) or (_, 501):
                return Say(VaultFault.Refused, $"can't do what is needed ({known}).");
            case (_, 403):
                return Say(VaultFault.Refused, $"does not allow it ({known}). The credentials need the permissions to list the bucket and "
                    + "to read, write and delete objects; an object under lock can't be deleted before its time.");
            case ("RequestTimeout", _) or (_, >= 500):
                return Say(VaultFault.Unreachable, $"has trouble of its own ({known}). Migrator tries again later.", again: true);
            default:
                return Say(VaultFault.Refused, $"refused ({known}).");
        }
    }

    private static S3Fault Throttled(AmazonServiceException answer, string vault, string known, DateTimeOffset now)
    {
        var exception = new VaultException(VaultFault.Throttled, $"{vault} asks for a pause ({known}). Migrator goes on after it.");
        return new S3Fault(exception, known) { MayHelpToTryAgain = true, WaitUntil = RetryAfter(answer, now) };
    }

    private static DateTimeOffset? RetryAfter(AmazonServiceException answer, DateTimeOffset now)
    {
        if (Find<HttpErrorResponseException>(answer.InnerException) is not { Response: { } response }) return null;
        if (!response.IsHeaderPresent("Retry-After")) return null;
        if (!RetryConditionHeaderValue.TryParse(response.GetHeaderValue("Retry-After"), out var value)) return null;
        return value.Date ?? (value.Delta is { } delta ? now + delta : null);
    }

    private static string Clean(string? code)
    {
        if (code is null) return "";
        // The library makes up a code from the status when the answer has none.
        if (Enum.TryParse<HttpStatusCode>(code, out _) && code is not ("NotFound" or "ServiceUnavailable" or "NotImplemented")) return "";
        return new string([.. code.Where(char.IsAsciiLetterOrDigit).Take(MaxCodeLength)]);
    }

    private static bool IsNetwork(Exception fault) =>
        Find<HttpRequestException>(fault) is not null || Find<IOException>(fault) is not null || Find<SocketException>(fault) is not null;

    private static Exception? NetworkCause(Exception fault) =>
        (Exception?)Find<NetworkLimitException>(fault) ?? (Exception?)Find<SocketException>(fault) ?? Find<HttpRequestException>(fault);

    private static string NetworkWords(Exception fault)
    {
        if (Find<NetworkLimitException>(fault) is { } limit) return limit.Message.TrimEnd('.');
        if (Find<SocketException>(fault) is { } socket) return socket.Message;
        return Find<HttpRequestException>(fault) switch
        {
            { HttpRequestError: HttpRequestError.SecureConnectionError } => "no trusted encrypted connection could be made",
            { HttpRequestError: HttpRequestError.NameResolutionError } => "the host's name leads nowhere",
            _ => "the connection broke off",
        };
    }

    private static T? Find<T>(Exception? fault)
        where T : Exception
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is T found) return found;
        }
        return null;
    }
}
