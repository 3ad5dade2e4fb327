using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>
/// A browser sends its cookie with whatever another site makes it send; so a call that changes something and came in by cookie
/// needs the antiforgery token in a header too. A program with the API token needs none.
/// </summary>
public sealed class ApiAntiforgery(IAntiforgery antiforgery) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (!HttpMethods.IsGet(http.Request.Method) && !http.User.IsProgram() && !await antiforgery.IsRequestValidAsync(http))
            return ApiResults.Problem(http, StatusCodes.Status400BadRequest, "antiforgery", "The antiforgery token is missing or too "
                + "old. Nothing was changed.");
        return await next(context);
    }
}

public static class AntiforgeryTokenEndpoint
{
    public static void MapAntiforgeryToken(this IEndpointRouteBuilder api) => api
        .MapGet("/antiforgery", Ok<AntiforgeryHeader> (HttpContext http, IAntiforgery antiforgery) =>
        {
            var tokens = antiforgery.GetAndStoreTokens(http);
            return TypedResults.Ok(new AntiforgeryHeader(tokens.HeaderName!, tokens.RequestToken!));
        })
        .WithTags("Session")
        .WithSummary("Antiforgery token")
        .WithDescription("For scripts in a signed-in browser: the header to send with every call that changes something. Programs with "
            + "the API token need none.");
}

/// <param name="Name">Name of the header.</param>
/// <param name="Value">Its value, good for this browser session.</param>
public sealed record AntiforgeryHeader(string Name, string Value);
