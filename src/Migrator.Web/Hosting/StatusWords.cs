using Migrator.Jobs.Storage;

namespace Migrator.Web.Hosting;

/// <summary>HTTP status codes in words, the same for pages and API.</summary>
public static class StatusWords
{
    public static string Title(int status) => status switch
    {
        400 => "This could not be read",
        401 => "Sign in first",
        403 => "This request was refused",
        404 => "There is nothing here",
        405 => "This cannot be done here",
        413 => "Too much was sent",
        415 => "This kind of content is not taken here",
        429 => "Too many tries",
        503 => "The database is away",
        507 => "There is no room left",
        >= 500 => "Something went wrong on our side",
        _ => "This did not work",
    };

    public static string Detail(int status) => status switch
    {
        400 => "The form was open for too long, or what was sent is incomplete. Nothing was changed. Go back, load the page again and send it once more.",
        401 => "Open the one-time link that the program prints at its start, or send the API token.",
        403 => "It looked as if another web site sent it. Nothing was changed. Open Migrator in its own tab and try again.",
        404 => "The address is wrong, or what stood here is gone.",
        405 => "The address is right, but not for this kind of request.",
        413 => "A request may hold 1 MB at most. Nothing was changed.",
        415 => "Send JSON with the content type application/json.",
        429 => "Nothing was changed. Wait a minute, then try again.",
        503 => "Migrator tries to reach it again every few seconds. Nothing was changed; a migration that is under way goes on from where it was.",
        507 => NoRoom.Message,
        >= 500 => "A migration that is under way is not harmed: it stops where it is and goes on from there. The program's log says more.",
        _ => "Nothing was changed.",
    };

    /// <summary>A word for programs, part of the API's contract.</summary>
    public static string Code(int status) => status switch
    {
        400 => "bad-request",
        401 => "sign-in-needed",
        403 => "refused",
        404 => "not-found",
        405 => "method-not-allowed",
        413 => "too-large",
        415 => "unsupported-media-type",
        429 => "too-many-tries",
        503 => "unavailable",
        507 => "no-room",
        >= 500 => "internal",
        _ => "failed",
    };
}
