using Migrator.Web.Hosting;

namespace Migrator.Web.Security;

/// <summary>
/// Refuses requests that change something when the browser says that another site sent them. The first of two fences;
/// the second is the antiforgery token in every form.
/// </summary>
public static class CrossSiteGuard
{
    public static void UseCrossSiteGuard(this IApplicationBuilder app, WebOptions options)
    {
        var publicOrigin = options.PublicUrl.GetLeftPart(UriPartial.Authority);
        app.Use(async (context, next) =>
        {
            if (ChangesSomething(context.Request) && ComesFromElsewhere(context.Request, publicOrigin))
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
            else
                await next(context);
        });
    }

    private static bool ChangesSomething(HttpRequest request) =>
        !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);

    /// <remarks>
    /// Our Referrer-Policy makes browsers send <c>Origin: null</c> with our own forms. Where Sec-Fetch-Site vouches for them that is
    /// fine; where an old browser sends no such header it is left to the antiforgery token.
    /// </remarks>
    private static bool ComesFromElsewhere(HttpRequest request, string publicOrigin)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
            return true;
        var origin = request.Headers.Origin.ToString();
        return origin is not ("" or "null") && origin != publicOrigin && origin != $"{request.Scheme}://{request.Host}";
    }
}
