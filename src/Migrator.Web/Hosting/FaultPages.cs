using System.Data.Common;
using System.Diagnostics;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Mvc;
using Migrator.Jobs.Storage;
using Migrator.Web.Components;
using Migrator.Web.Security;

namespace Migrator.Web.Hosting;

/// <summary>Answers without a body of their own (404, 403, 429, 500 …): a page for people, problem+json for programs. Neither shows an exception.</summary>
public static class FaultPages
{
    public static void UseFaultPages(this WebApplication app)
    {
        app.Use(async (context, next) =>
        {
            await next(context);
            var answer = context.Response;
            if (answer is { StatusCode: >= 400, HasStarted: false } && answer.ContentLength is null or 0)
                await WriteAsync(context);
        });
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = _ => Task.CompletedTask,
            StatusCodeSelector = fault => fault switch
            {
                BadHttpRequestException bad => bad.StatusCode,
                DbException full when NoRoom.IsIn(full) => StatusCodes.Status507InsufficientStorage,
                DbException => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status500InternalServerError,
            },
            SuppressDiagnosticsCallback = fault => fault.Exception is BadHttpRequestException,
        });
    }

    /// <summary>A form whose antiforgery token is not valid any more: say so, instead of a bare 400.</summary>
    public static void UseStaleFormPage(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.Features.Get<IAntiforgeryValidationFeature>() is { IsValid: false } && !DoorAuthentication.IsApi(context.Request))
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        else
            await next(context);
    });

    private static async Task WriteAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (DoorAuthentication.IsApi(context.Request))
        {
            var problem = new ProblemDetails { Status = status, Title = StatusWords.Title(status), Detail = StatusWords.Detail(status) };
            problem.Extensions["code"] = StatusWords.Code(status);
            problem.Extensions["traceId"] = TraceId(context);
            await Results.Problem(problem).ExecuteAsync(context);
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
            return;
        // Drawn by a renderer of its own: what is left of a page that gave up must not get in the way.
        await using var scope = context.RequestServices.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<ILoggerFactory>());
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(StatusPage.Status)] = status,
            [nameof(StatusPage.TraceIdentifier)] = TraceId(context),
        });
        var page = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<StatusPage>(parameters)).ToHtmlString());
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(page, context.RequestAborted);
    }

    private static string TraceId(HttpContext context) => Activity.Current?.Id ?? context.TraceIdentifier;
}
