using System.Data.Common;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Migrator.Web.Components;
using Migrator.Web.Security;

namespace Migrator.Web.Hosting;

/// <summary>Answers without a body of their own (404, 403, 429, 500 …): a page for people, problem+json for programs. Neither shows an exception.</summary>
public static class FaultPages
{
    public static void UseFaultPages(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = _ => Task.CompletedTask,
            StatusCodeSelector = fault => fault switch
            {
                BadHttpRequestException bad => bad.StatusCode,
                DbException => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            },
            SuppressDiagnosticsCallback = fault => fault.Exception is BadHttpRequestException,
        });
        app.UseStatusCodePages(status => WriteAsync(status.HttpContext));
    }

    /// <summary>A form whose antiforgery token is not valid any more: say so, instead of a bare 400.</summary>
    public static void UseStaleFormPage(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false } && !DoorAuthentication.IsApi(context.Request))
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        else
            await next(context);
    });

    private static Task WriteAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (DoorAuthentication.IsApi(context.Request))
        {
            var problem = new ProblemDetails { Status = status, Title = StatusWords.Title(status), Detail = StatusWords.Detail(status) };
            problem.Extensions["code"] = StatusWords.Code(status);
            problem.Extensions["traceId"] = System.Diagnostics.Activity.Current?.Id ?? context.TraceIdentifier;
            return Results.Problem(problem).ExecuteAsync(context);
        }

        if (HttpMethods.IsHead(context.Request.Method))
            return Task.CompletedTask;
        var page = new RazorComponentResult<StatusPage>(new { Status = status, context.TraceIdentifier }) { StatusCode = status };
        return page.ExecuteAsync(context);
    }
}
