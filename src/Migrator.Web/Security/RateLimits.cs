using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;

namespace Migrator.Web.Security;

/// <summary>
/// Ceilings on what a person does a few times and an attacker many times. They count requests that change something; looking is free.
/// </summary>
public static class RateLimits
{
    /// <summary>Tries at the one-time link: 10 a minute from one address.</summary>
    public const string Entry = "entry";

    /// <summary>Passwords, mailed codes, keys, new migrations (each makes this machine call other servers): 20 a minute from one address.</summary>
    public const string Attempts = "attempts";

    public static IServiceCollection AddDoorRateLimits(this IServiceCollection services) => services.AddRateLimiter(limits =>
    {
        limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limits.AddPolicy(Entry, context => PerAddress(context, 10));
        limits.AddPolicy(Attempts, context => PerAddress(context, 20));
        limits.OnRejected = (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromMinutes(1);
            rejected.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return ValueTask.CompletedTask;
        };
    });

    private static RateLimitPartition<string> PerAddress(HttpContext context, int permits)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return RateLimitPartition.GetNoLimiter("");
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        return RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = permits, Window = TimeSpan.FromMinutes(1), AutoReplenishment = true });
    }
}
