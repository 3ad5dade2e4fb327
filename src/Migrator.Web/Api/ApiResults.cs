using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Migrator.Jobs.Migrations;
using Migrator.Web.Hosting;

namespace Migrator.Web.Api;

/// <summary>The service's answers as HTTP answers.</summary>
internal static class ApiResults
{
    /// <summary>Each outcome that is no success as problem+json; a success as <paramref name="success"/> says.</summary>
    public static IResult Answer<T>(this ServiceResult<T> result, HttpContext http, Func<T, IResult> success)
        where T : class => result.Outcome switch
        {
            ServiceOutcome.Ok => success(result.Value!),
            ServiceOutcome.Invalid => Problem(http, StatusCodes.Status422UnprocessableEntity, "invalid", "Some of what was sent is not "
                + "right.", result.Problems),
            ServiceOutcome.NotFound => Problem(http, StatusCodes.Status404NotFound, "not-found", Words(result.Problems)),
            ServiceOutcome.Conflict => Problem(http, StatusCodes.Status409Conflict, "conflict", Words(result.Problems)),
            ServiceOutcome.Unavailable => Problem(http, StatusCodes.Status503ServiceUnavailable, "unavailable", Words(result.Problems),
                result.Problems),
            var other => throw new InvalidOperationException($"No answer is written for the outcome {other}."),
        };

    public static IResult Problem(
        HttpContext http, int status, string code, string detail, IReadOnlyList<FieldProblem>? problems = null)
    {
        var problem = new ProblemDetails { Status = status, Title = Title(status), Detail = detail };
        problem.Extensions["code"] = code;
        problem.Extensions["traceId"] = Activity.Current?.Id ?? http.TraceIdentifier;
        if (problems?.Where(one => one.Field.Length > 0).ToList() is { Count: > 0 } fields)
        {
            problem.Extensions["errors"] = fields.GroupBy(one => JsonNamingPolicy.CamelCase.ConvertName(one.Field))
                .ToDictionary(group => group.Key, group => group.Select(one => one.Message).ToArray());
        }

        return Results.Problem(problem);
    }

    private static string Title(int status) => status switch
    {
        StatusCodes.Status409Conflict => "Not possible now",
        StatusCodes.Status422UnprocessableEntity => "Not right",
        StatusCodes.Status503ServiceUnavailable => "A server could not be asked",
        _ => StatusWords.Title(status),
    };

    private static string Words(IReadOnlyList<FieldProblem> problems) => string.Join(" ", problems.Select(problem => problem.Message));
}
