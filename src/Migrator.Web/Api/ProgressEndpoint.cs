using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary><c>GET …/events</c>.</summary>
internal static class ProgressEndpoint
{
    public static void MapProgressEvents(this IEndpointRouteBuilder one) => one.MapGet("/events", ReadAsync)
        .Describe("Follow a migration",
            "Server-sent events. `progress` carries the migration as JSON, first at once and then whenever it changed; its id is the ETag. "
            + "`heartbeat` comes after 15 quiet seconds. The stream ends when the migration has ended, or after 15 minutes: connect again.")
        .Produces<string>(StatusCodes.Status200OK, "text/event-stream").Faults(404);

    private static async Task<IResult> ReadAsync(
        HttpContext http, string id, IMigrationService service, ProgressStream stream, CancellationToken ct)
    {
        var owner = http.User.Name();
        var first = await service.GetAsync(owner, id, ct);
        var seen = http.Request.Headers["Last-Event-ID"].ToString();
        return first.Answer(http, view => TypedResults.ServerSentEvents(
            stream.ReadAsync(view, seen, async again => (await service.GetAsync(owner, id, again)).Value, ct)));
    }
}
