using Migrator.Jobs.Backups;
using Migrator.Jobs.Migrations;
using Migrator.Web.Security;

namespace Migrator.Web.Api;

/// <summary>
/// A method of <see cref="IBackupService"/> as a route for one thing, by the id in the address: its owner is who asks, and its answer
/// becomes the HTTP answer.
/// </summary>
internal static class BackupRoutes
{
    public static RouteHandlerBuilder GetOne<T>(
        this IEndpointRouteBuilder routes, string pattern, Func<IBackupService, Func<string, string, CancellationToken,
            Task<ServiceResult<T>>>> method)
        where T : class => routes.MapOne(HttpMethods.Get, pattern, method, Results.Ok).Produces<T>();

    public static RouteHandlerBuilder DeleteOne<T>(
        this IEndpointRouteBuilder routes, string pattern, Func<IBackupService, Func<string, string, CancellationToken,
            Task<ServiceResult<T>>>> method)
        where T : class => routes.MapOne(HttpMethods.Delete, pattern, method, Results.Ok).Produces<T>();

    public static RouteHandlerBuilder PostOne<T>(
        this IEndpointRouteBuilder routes, string pattern, Func<IBackupService, Func<string, string, CancellationToken,
            Task<ServiceResult<T>>>> method)
        where T : class => routes.MapOne(HttpMethods.Post, pattern, method, Results.Ok).Produces<T>();

    /// <summary>Begins long work: 202, with the address where it can be watched.</summary>
    public static RouteHandlerBuilder NudgeOne<T>(
        this IEndpointRouteBuilder routes,
        string pattern,
        Func<IBackupService, Func<string, string, CancellationToken, Task<ServiceResult<T>>>> method,
        Func<T, string> address)
        where T : class => routes.MapOne(HttpMethods.Post, pattern, method, view => Results.Accepted(address(view), view))
            .Produces<T>(StatusCodes.Status202Accepted).Faults(404, 409, 429).RequireRateLimiting(RateLimits.Attempts);

    /// <summary>With a command in the body.</summary>
    public static RouteHandlerBuilder PutOne<TCommand, T>(
        this IEndpointRouteBuilder routes,
        string pattern,
        Func<IBackupService, Func<string, string, TCommand, CancellationToken, Task<ServiceResult<T>>>> method)
        where T : class => routes.MapCommand(HttpMethods.Put, pattern, method);

    /// <summary>With a command in the body.</summary>
    public static RouteHandlerBuilder PostOne<TCommand, T>(
        this IEndpointRouteBuilder routes,
        string pattern,
        Func<IBackupService, Func<string, string, TCommand, CancellationToken, Task<ServiceResult<T>>>> method)
        where T : class => routes.MapCommand(HttpMethods.Post, pattern, method);

    private static RouteHandlerBuilder MapOne<T>(
        this IEndpointRouteBuilder routes,
        string verb,
        string pattern,
        Func<IBackupService, Func<string, string, CancellationToken, Task<ServiceResult<T>>>> method,
        Func<T, IResult> success)
        where T : class => routes.MapMethods(
            pattern,
            [verb],
            async (HttpContext http, string id, IBackupService service, CancellationToken ct) =>
                (await method(service)(http.User.Name(), id, ct)).Answer(http, success));

    private static RouteHandlerBuilder MapCommand<TCommand, T>(
        this IEndpointRouteBuilder routes,
        string verb,
        string pattern,
        Func<IBackupService, Func<string, string, TCommand, CancellationToken, Task<ServiceResult<T>>>> method)
        where T : class => routes.MapMethods(
            pattern,
            [verb],
            async (HttpContext http, string id, TCommand command, IBackupService service, CancellationToken ct) =>
                (await method(service)(http.User.Name(), id, command, ct)).Answer(http, Results.Ok)).Produces<T>();
}
