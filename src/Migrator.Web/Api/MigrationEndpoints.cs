using Microsoft.Net.Http.Headers;
using Migrator.Jobs.Migrations;
using Migrator.Web.Features.Doctor;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary><c>/api/v1/migrations</c>: each route is one method of <see cref="IMigrationService"/>.</summary>
public static class MigrationEndpoints
{
    public static void MapMigrations(this IEndpointRouteBuilder api)
    {
        var all = api.MapGroup("/migrations").WithTags("Migrations");
        all.MapPost("/", (HttpContext http, CreateMigration command, IMigrationService service, CancellationToken ct) => Once.CreateAsync(
                http, command, owner => service.CreateAsync(owner, command, ct), (owner, id) => service.GetAsync(owner, id, ct),
                view => view.Id, view => Results.Created($"/api/v1/migrations/{view.Id}", view)))
            .Describe("Begin a migration",
                "Resolves the account and stores a draft; nothing is touched anywhere. An unfinished migration of the same account is "
                + "returned instead of a second one. A call repeated with the same `Idempotency-Key` gets the same migration.")
            .Produces<MigrationView>(StatusCodes.Status201Created).Faults(409, 422, 429, 503).RequireRateLimiting(RateLimits.Attempts);
        all.MapGet("/", async (HttpContext http, IMigrationService service, CancellationToken ct) =>
                TypedResults.Ok(new MigrationList(await service.ListAsync(http.User.Name(), ct))))
            .Describe("List migrations", "Newest first.");

        var one = all.MapGroup("/{id}");
        one.MapGet("/", GetAsync).Describe("Read a migration", "With `If-None-Match` and the `ETag` of an earlier answer: 304 when "
            + "nothing changed.")
            .Produces<MigrationView>().Produces(StatusCodes.Status304NotModified).Faults(404);
        one.MapProgressEvents();
        one.MapGet("/report", ReportAsync).Describe("Read the parity report",
                "The stored proof that both accounts are the same, record by record and blob by blob.")
            .Produces<System.Text.Json.JsonElement>().Faults(404, 409);
        one.MapGet("/report/signed", SignedReportAsync).Describe("Read the parity report, signed",
                "The same report as a JWS in the flattened JSON form (ES256), signed with this instance's key, which is published at "
                + "`/.well-known/migrator-keys.json`. `migrator verify-report` checks it offline, and so does any JWS library.")
            .Produces<System.Text.Json.JsonElement>(200, SignedReport.MediaType).Faults(404, 409);
        one.MapAnswers();
        one.MapWishes();
        api.MapRestores(one);
    }

    internal static RouteHandlerBuilder Describe(this RouteHandlerBuilder route, string summary, string description) =>
        route.WithSummary(summary).WithDescription(description);

    internal static RouteHandlerBuilder Faults(this RouteHandlerBuilder route, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            route.ProducesProblem(status);
        return route.ProducesProblem(400).ProducesProblem(401);
    }

    private static async Task<IResult> GetAsync(HttpContext http, string id, IMigrationService service, CancellationToken ct)
    {
        var result = await service.GetAsync(http.User.Name(), id, ct);
        return result.Answer(http, view =>
        {
            var tag = new EntityTagHeaderValue($"\"{view.EntityTag()}\"");
            http.Response.GetTypedHeaders().ETag = tag;
            return http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false))
                ? Results.StatusCode(StatusCodes.Status304NotModified)
                : Results.Ok(view);
        });
    }

    private static async Task<IResult> ReportAsync(HttpContext http, string id, IMigrationService service, CancellationToken ct)
    {
        var result = await service.GetReportAsync(http.User.Name(), id, ct);
        return result.Answer(http, report => Results.Json(report.Json.RootElement));
    }

    private static async Task<IResult> SignedReportAsync(HttpContext http, string id, IMigrationService service, SignedReport signed,
        CancellationToken ct)
    {
        var result = await service.GetReportAsync(http.User.Name(), id, ct);
        return result.Answer(http, report => Results.Bytes(signed.Write(report), SignedReport.MediaType));
    }
}

public sealed record MigrationList(IReadOnlyList<MigrationListItem> Items);
