using Microsoft.Extensions.Options;
using Migrator.Jobs.Doctor;
using Migrator.Web.Features.Doctor;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary><c>/api/v1/checks</c>: is a file or a living account whole? Reads only; the results are kept for a day.</summary>
internal static class CheckEndpoints
{
    public static void MapChecks(this IEndpointRouteBuilder api)
    {
        var all = api.MapGroup("/checks").WithTags("Checks");
        all.MapPost("/",
            (HttpContext http, CheckAccount command, ICheckService checks) => checks.CheckAccount(http.User.Name(), command)
                .Answer(http, Accepted))
            .Describe("Check a living account",
                "Asks its servers what anyone may ask, downloads and verifies its repo, and asks for its files. Changes nothing. "
                + "The answer's `Location` has the result when `state` is `done`.")
            .Produces<CheckView>(StatusCodes.Status202Accepted).Faults(409, 422, 429).RequireRateLimiting(RateLimits.Attempts);
        all.MapPost("/files", FileAsync)
            .Describe("Check a CAR file", "The body is the file. Its keys are looked up by the DID in it.")
            .Accepts<Stream>("application/vnd.ipld.car").Produces<CheckView>(StatusCodes.Status202Accepted).Faults(409, 413, 422, 429)
                .RequireRateLimiting(RateLimits.Attempts);
        all.MapGet("/", (HttpContext http, ICheckService checks) => TypedResults.Ok(new CheckList(checks.List(http.User.Name()))))
            .Describe("List checks", "Newest first.");
        all.MapGet("/{id}",
            (HttpContext http, string id, ICheckService checks) => checks.Find(http.User.Name(), id) is { } check
                ? Results.Ok(check)
                : Missing(http))
            .Describe("Read a check", "With `report` when `state` is `done`.").Produces<CheckView>().Faults(404);
        all.MapDelete("/{id}",
            (HttpContext http, string id, ICheckService checks) => checks.Stop(http.User.Name(), id) ? Results.NoContent() : Missing(http))
            .Describe("Stop or forget a check", "One that runs is stopped; one that is over is forgotten.")
            .Produces(StatusCodes.Status204NoContent).Faults(404);
    }

    private static async Task<IResult> FileAsync(
        HttpContext http, ICheckService checks, IOptions<CheckServiceOptions> options, CancellationToken ct)
    {
        CheckFiles.AllowLargeBody(http, options.Value.LargestFile);
        return (await checks.CheckFileAsync(http.User.Name(), "repo.car", http.Request.Body, ct)).Answer(http, Accepted);
    }

    private static IResult Accepted(CheckView check) => Results.Accepted($"/api/v1/checks/{check.Id}", check);

    private static IResult Missing(HttpContext http) =>
        ApiResults.Problem(http, StatusCodes.Status404NotFound, "not-found", "There is no such check. Results are kept for a day, and "
            + "not over a restart.");
}

public sealed record CheckList(IReadOnlyList<CheckView> Items);
